"""The equations of a large folio in the eras after PG_double_map, and what folio_maybe_mapped_shared() may say."""

from models.mm.large_folio import FORGETFUL, LARGE_MAPCOUNT, MM_IDS, SCHEME, STATISTICS, FolioMachine, use_folio
from models.mm.page import MMS, NR
from properties.large_folio import (
    called_shared,
    falsely_shared,
    file_mapped_equation,
    folio_mapcount_equation,
    folio_mapped_sees_every_mapping,
    large_mapcount_equation,
    mapped_by_pmd_and_pte,
    never_falsely_exclusive,
    nr_pages_mapped_equation,
)
from thpverify.lang import scenario, violates

EQUATIONS = [
    folio_mapcount_equation,
    nr_pages_mapped_equation,
    large_mapcount_equation,
    folio_mapped_sees_every_mapping,
]
TWO = [use_folio(a=0, huge=True), use_folio(a=1, huge=True)]
THREE = [*TWO, use_folio(a=2, huge=True)]
SMALL = [use_folio(a=0, huge=False), use_folio(a=1, huge=False), use_folio(a=2, huge=False)]

scenario(
    "mm-large-folio",
    state=FolioMachine,
    threads=TWO,
    properties=[*EQUATIONS, mapped_by_pmd_and_pte],
    constants={MMS: 2, NR: 2},
    variant="v6.2",
)
scenario(
    "mm-large-folio",
    state=FolioMachine,
    threads=TWO,
    properties=[*EQUATIONS, mapped_by_pmd_and_pte],
    constants={MMS: 2, NR: 2, SCHEME: LARGE_MAPCOUNT},
    variant="v6.12",
)
scenario(
    "mm-large-folio",
    state=FolioMachine,
    threads=THREE,
    properties=[*EQUATIONS, never_falsely_exclusive, called_shared],
    constants={MMS: 3, NR: 1, SCHEME: MM_IDS},
    variant="v6.18",
)
scenario(
    "mm-large-folio-two-processes",
    state=FolioMachine,
    threads=TWO,
    properties=[*EQUATIONS, never_falsely_exclusive, mapped_by_pmd_and_pte],
    constants={MMS: 2, NR: 2, SCHEME: MM_IDS},
    variant="v6.18",
)
scenario(
    "mm-large-folio-slots",
    state=FolioMachine,
    threads=SMALL,
    properties=[never_falsely_exclusive, large_mapcount_equation, called_shared, falsely_shared],
    constants={MMS: 3, NR: 2, SCHEME: MM_IDS},
    variant="v6.18",
)
scenario(
    "mm-large-folio-statistics",
    state=FolioMachine,
    threads=TWO,
    properties=[file_mapped_equation],
    constants={MMS: 2, NR: 2, STATISTICS: 1},
    variant="v6.2",
    expect=violates("file_mapped_equation"),
)
scenario(
    "mm-large-folio-forgetful",
    state=FolioMachine,
    threads=THREE,
    properties=[never_falsely_exclusive],
    constants={MMS: 3, NR: 1, SCHEME: MM_IDS, FORGETFUL: 1},
    variant="mutant",
    expect=violates("never_falsely_exclusive"),
)
