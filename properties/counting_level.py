"""The level at which KVM maps, for any number of vCPUs and of processes (models/counting/level.py)."""

from models.counting.level import Level
from thpverify.lang import invariant


@invariant(code="LVL")
def huge_spte_has_a_huge_pmd(s) -> bool:
    """Outside an invalidate window KVM maps 2M only where its process maps the page by PMD."""
    return s.spte != Level.HUGE or (s.mapped and not s.small) or s.mmu_notifier_count > 0


@invariant(code="SEC")
def spte_has_a_mapping(s) -> bool:
    """Outside an invalidate window KVM maps w only where its process does."""
    return s.spte == Level.NONE or s.mapped or s.mmu_notifier_count > 0


@invariant(code="LEM")
def found_page_is_mapped(s) -> bool:
    """What a fresh vCPU has found mapped still is, unless an invalidation is under way."""
    return s.found == 0 or s.mapped or s.mmu_notifier_count > 0


@invariant(code="LEM")
def bias_is_raised_once(s) -> bool:
    """Who has set PG_double_map, and has not raised the mapcounts yet, is alone, and nobody clears it meanwhile."""
    return s.biasing == 0 or (s.biasing == 1 and s.double_map)


@invariant(code="PERF")
def kvm_never_maps_2m(s) -> bool:
    """No SPTE is huge: said of a test that never lets it be."""
    return s.spte != Level.HUGE
