"""What mapping, unmapping and splitting a PMD costs, for every HPAGE_PMD_NR up to a million.

Each operation has two scenarios: its bound, which is proved, and the next lower one ("-less"), which is violated.
"""

from models.cost import double_map, mm_id, nr_pages_mapped, pages_mapped, teams
from models.cost.counters import MOST, State
from properties.cost import (
    at_most_1,
    at_most_2,
    at_most_2n_minus_1,
    at_most_2n_minus_2,
    at_most_2n_plus_1,
    at_most_2n_plus_2,
    at_most_3,
    at_most_3n_plus_2,
    at_most_3n_plus_3,
    at_most_n,
    at_most_n_minus_1,
    at_most_n_plus_1,
    at_most_n_plus_2,
    at_most_n_plus_4,
    at_most_n_plus_5,
    none,
)
from thpverify.lang import cell, evidence, scenario, violates

BOUNDS = {
    "1": (at_most_1, none),
    "2": (at_most_2, at_most_1),
    "3": (at_most_3, at_most_2),
    "N": (at_most_n, at_most_n_minus_1),
    "N + 1": (at_most_n_plus_1, at_most_n),
    "N + 2": (at_most_n_plus_2, at_most_n_plus_1),
    "N + 5": (at_most_n_plus_5, at_most_n_plus_4),
    "2N - 1": (at_most_2n_minus_1, at_most_2n_minus_2),
    "2N + 2": (at_most_2n_plus_2, at_most_2n_plus_1),
    "3N + 3": (at_most_3n_plus_3, at_most_3n_plus_2),
}
MAP, UNMAP, SPLIT = "map by PMD", "unmap by PMD", "split the PMD"
MAP_PTE, UNMAP_PTE = "map by PTE", "unmap by PTE"
COSTS = [
    ("anon", "v4.5", "anonymous, v4.5 to v6.1", MAP, double_map.anon_map_pmd, "1"),
    ("anon", "v4.5", "anonymous, v4.5 to v6.1", UNMAP, double_map.anon_unmap_pmd, "N + 2"),
    ("anon", "v4.5", "anonymous, v4.5 to v6.1", MAP_PTE, double_map.anon_map_pte, "1"),
    ("anon", "v4.5", "anonymous, v4.5 to v6.1", UNMAP_PTE, double_map.anon_unmap_pte, "1"),
    ("anon", "v4.5", "anonymous, v4.5 to v6.1", SPLIT, double_map.anon_split_pmd, "3N + 3"),
    ("shmem", "v4.8", "shmem, v4.8 to v6.1", MAP, double_map.shmem_map_pmd, "N + 1"),
    ("shmem", "v4.8", "shmem, v4.8 to v6.1", UNMAP, double_map.shmem_unmap_pmd, "N + 1"),
    ("shmem", "v4.8", "shmem, v4.8 to v6.1", MAP_PTE, double_map.shmem_map_pte, "2"),
    ("shmem", "v4.8", "shmem, v4.8 to v6.1", UNMAP_PTE, double_map.shmem_unmap_pte, "1"),
    ("folio", "v6.2", "both, v6.2 to v6.9", MAP, pages_mapped.map_pmd, "2"),
    ("folio", "v6.2", "both, v6.2 to v6.9", UNMAP, pages_mapped.unmap_pmd, "2"),
    ("folio", "v6.2", "both, v6.2 to v6.9", MAP_PTE, pages_mapped.map_pte, "2"),
    ("folio", "v6.2", "both, v6.2 to v6.9", UNMAP_PTE, pages_mapped.unmap_pte, "2"),
    ("folio", "v6.2", "both, v6.2 to v6.9", SPLIT, pages_mapped.anon_split_pmd, "2N + 2"),
    ("folio", "v6.12", "both, v6.10 to v6.14", MAP, nr_pages_mapped.map_pmd, "3"),
    ("folio", "v6.12", "both, v6.10 to v6.14", UNMAP, nr_pages_mapped.unmap_pmd, "3"),
    ("folio", "v6.12", "both, v6.10 to v6.14", MAP_PTE, nr_pages_mapped.map_pte, "3"),
    ("folio", "v6.12", "both, v6.10 to v6.14", UNMAP_PTE, nr_pages_mapped.unmap_pte, "3"),
    ("folio", "v6.12", "both, v6.10 to v6.14", SPLIT, nr_pages_mapped.anon_split_pmd, "N + 5"),
    ("folio", "v6.15", "both, v6.15 on, no page mapcounts", MAP, mm_id.map_pmd, "2"),
    ("folio", "v6.15", "both, v6.15 on, no page mapcounts", UNMAP, mm_id.unmap_pmd, "2"),
    ("folio", "v6.15", "both, v6.15 on, no page mapcounts", MAP_PTE, mm_id.map_pte, "1"),
    ("folio", "v6.15", "both, v6.15 on, no page mapcounts", UNMAP_PTE, mm_id.unmap_pte, "1"),
    ("folio", "v6.15", "both, v6.15 on, no page mapcounts", SPLIT, mm_id.anon_split_pmd, "3"),
    ("team", "teams", "team pages, 2016", MAP, teams.map_pmd, "2"),
    ("team", "teams", "team pages, 2016", UNMAP, teams.unmap_pmd, "2"),
    ("team", "teams", "team pages, 2016", MAP_PTE, teams.map_pte, "2"),
    ("team", "teams", "team pages, 2016", UNMAP_PTE, teams.unmap_pte, "2"),
    ("team", "teams", "team pages, 2016", SPLIT, teams.split_pmd, "2N - 1"),
    ("small", "small", "N small pages", MAP, teams.small_map_all, "N"),
    ("small", "small", "N small pages", UNMAP, teams.small_unmap_all, "N"),
]


def declare(kind: str, kernel: str, operation, bound: str) -> list:
    """The two scenarios of an operation; what they must come to for the bound to be the least one."""
    name = f"cost-{kind}-{operation.name.removeprefix(f'{kind}_').replace('_', '-')}"
    holds, fails = BOUNDS[bound]
    common = {"state": State, "threads": [operation()], "symbolic": ["nr"], "constants": {MOST: 2**20}}
    scenario(name, variant=kernel, properties=[holds], **common)
    scenario(name, variant=f"{kernel}-less", properties=[fails], expect=violates(fails.name), **common)
    return [evidence(name, kernel, holds.name, "holds"), evidence(name, f"{kernel}-less", fails.name, "violated")]


TABLE = [
    cell(row, column, bound, *declare(kind, kernel, operation, bound))
    for kind, kernel, row, column, operation, bound in COSTS
]
"""Era by operation: the least bound that was proved."""
