"""Small areas of a file with huge pages, all of them; models/proof/vma.py has those of any size."""

from models.mm.vma_huge import Area, any_area, fault
from models.patches import V4_8
from properties.vma_huge import (
    huge_pmd_exists,
    huge_pmd_lies_within_the_area,
    huge_pmd_maps_its_part_of_the_file,
    touched_lies_within_the_area,
)
from thpverify.lang import scenario

ANY_AREA = ["vm_start", "vm_end", "vm_pgoff", "touched"]
AREA = [huge_pmd_maps_its_part_of_the_file, huge_pmd_lies_within_the_area, touched_lies_within_the_area]

scenario(
    "mm-vma-huge",
    state=Area,
    threads=[fault()],
    properties=[*AREA, huge_pmd_exists],
    initial=any_area,
    symbolic=ANY_AREA,
    era=V4_8,
)
