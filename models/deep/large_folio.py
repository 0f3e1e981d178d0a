"""The counters of a large folio with 4 pages, or with three processes, PMDs and all, for minutes."""

from models.mm.large_folio import MM_IDS, SCHEME, FolioMachine, use_folio
from models.mm.page import MMS, NR
from properties.large_folio import (
    falsely_shared,
    folio_mapcount_equation,
    folio_mapped_sees_every_mapping,
    large_mapcount_equation,
    mapped_by_pmd_and_pte,
    never_falsely_exclusive,
    nr_pages_mapped_equation,
)
from thpverify.lang import scenario

scenario(
    "deep-mm-large-folio",
    state=FolioMachine,
    threads=[use_folio(a=0, huge=True), use_folio(a=1, huge=True)],
    properties=[
        folio_mapcount_equation,
        nr_pages_mapped_equation,
        large_mapcount_equation,
        folio_mapped_sees_every_mapping,
        never_falsely_exclusive,
        mapped_by_pmd_and_pte,
    ],
    constants={MMS: 2, NR: 4, SCHEME: MM_IDS},
    variant="v6.18",
)
scenario(
    "deep-mm-large-folio-three-processes",
    state=FolioMachine,
    threads=[use_folio(a=0, huge=True), use_folio(a=1, huge=True), use_folio(a=2, huge=True)],
    properties=[large_mapcount_equation, folio_mapped_sees_every_mapping, never_falsely_exclusive, falsely_shared],
    constants={MMS: 3, NR: 2, SCHEME: MM_IDS},
    variant="v6.18",
)
