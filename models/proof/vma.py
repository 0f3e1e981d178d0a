"""Every area of a file in 47 bits of addresses, 512 pages in a PMD: `check --engine z3 --profile proof`."""

from models.mm.vma_huge import INDICES, NR, PAGES, Area, any_area, fault
from models.mm.vma_huge_system import ANY_AREA, AREA
from models.patches import V4_8
from properties.vma_huge import huge_pmd_exists
from thpverify.lang import scenario

scenario(
    "mm-vma-huge-any",
    state=Area,
    threads=[fault()],
    properties=[*AREA, huge_pmd_exists],
    initial=any_area,
    symbolic=ANY_AREA,
    constants={NR: 512, PAGES: 2**35, INDICES: 2**35},
    era=V4_8,
)
