"""What must hold of a PMD of a file's huge page when areas begin and end anywhere (models/mm/vma_huge.py)."""

from models.mm.vma_huge import INDICES, NR
from thpverify.lang import invariant, reachable


@invariant(code=("MAP", "DATA"))
def huge_pmd_maps_its_part_of_the_file(s) -> bool:
    """Each address of the PMD leads to the page of the file that the area has there."""
    return not s.huge or s.hindex * NR - s.haddr * NR == s.vm_pgoff - s.vm_start


@invariant(code=("MAP", "BUG"))
def huge_pmd_lies_within_the_area(s) -> bool:
    """A PMD maps no address that is not of the area."""
    return not s.huge or (s.haddr * NR >= s.vm_start and s.haddr * NR + NR <= s.vm_end)


@reachable
def huge_pmd_exists(s) -> bool:
    """The file is mapped by a PMD at all."""
    return s.huge


@invariant(code="LEM")
def touched_lies_within_the_area(s) -> bool:
    """The address that is touched is of the area, and the area of the file."""
    return s.vm_start <= s.touched and s.touched < s.vm_end and s.vm_pgoff + s.vm_end - s.vm_start <= INDICES
