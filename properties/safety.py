"""The safety properties by what a scenario contains."""

from properties.data import guest_and_host_read_the_same_data
from properties.lifetime import (
    nothing_freed_is_mapped,
    nothing_small_freed_is_mapped,
    only_cached_file_pages_are_mapped,
)
from properties.mapcount import double_map_needs_both, mapcount_equation, page_mapped_sees_every_mapping
from properties.mapping_level import secondary_level_not_above_primary
from properties.refcount import idle_tasks_hold_nothing, refcount_equation, small_refcount_equation
from properties.secondary_mmu import primary_is_never_replaced_under_secondary, secondary_has_primary

MEMORY = [
    refcount_equation,
    small_refcount_equation,
    idle_tasks_hold_nothing,
    mapcount_equation,
    page_mapped_sees_every_mapping,
    double_map_needs_both,
    nothing_freed_is_mapped,
    nothing_small_freed_is_mapped,
    only_cached_file_pages_are_mapped,
]
"""The page and the page tables of the processes."""

SECONDARY = [
    secondary_level_not_above_primary,
    secondary_has_primary,
    primary_is_never_replaced_under_secondary,
    guest_and_host_read_the_same_data,
]
"""What KVM's page tables may map."""
