"""A PMD where the area is not aligned like the file, or not all there: what transhuge_vma_suitable() is for."""

from models.mm.vma_huge import ANY_END, ANY_OFFSET, MISTAKE, Area, any_area, fault
from models.mm.vma_huge_system import ANY_AREA
from models.patches import V4_8
from properties.vma_huge import huge_pmd_lies_within_the_area, huge_pmd_maps_its_part_of_the_file
from thpverify.lang import scenario, violates

for name, mistake, broken in (
    ("any-offset", ANY_OFFSET, huge_pmd_maps_its_part_of_the_file),
    ("any-end", ANY_END, huge_pmd_lies_within_the_area),
):
    scenario(
        f"mutant-vma-huge-{name}",
        state=Area,
        threads=[fault()],
        properties=[broken],
        initial=any_area,
        symbolic=ANY_AREA,
        constants={MISTAKE: mistake},
        era=V4_8,
        expect=violates(broken.name),
    )
