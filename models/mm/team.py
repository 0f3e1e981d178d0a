"""Team pages, "huge tmpfs" (31 patches of Hugh Dickins, 5 April 2016, on v4.6-rc2): NR small pages act as a huge one.

The pages of a team are physically contiguous and each has its own counts and flags; none is compound. What they have in
common is `team_usage` of the first, the head: one atomic_long. A team maps by PMD when all of its pages are in the page
cache, and it is split ("disbanded") by clearing flags: no reference has to be frozen.
"""

from models.hardware.x86_64 import Ept
from models.kvm.mmu import Kvm
from models.kvm.notifier import invalidate_page, invalidate_range_end, invalidate_range_start
from models.mm.page import MMS, NR, AddressSpace, Fresh, Pmd, Pte, entry
from models.patches import DISBAND_UNMAPS
from thpverify.lang import Array, Bool, Ghost, Int, Lock, atomic, record


@record
class Member:
    """A small page of the team; number 0 is the head.

    A hole was never in the page cache (PageSwapBacked is clear): the team keeps it by its first reference.
    """

    team: Bool = True  # PageTeam
    locked: Lock  # PG_locked
    cached: Bool = False  # in the page cache
    refcount: Int[0, 7] = 0
    held: Ghost[Int[0, 7]] = 0  # references of running tasks
    owed: Ghost[Int[0, MMS]] = 0  # entries that were set before their reference was taken
    hole: Bool = False
    mapcount: Int[0, MMS + 1] = 0


@record
class TeamUsage:
    """The fields of head->team_usage; the weight on the LRU and mlock are left out."""

    instantiated: Int[0, NR] = 0
    pmd_mapped: Int[0, MMS] = 0
    pte_mapped: Int[0, NR + MMS] = 0


@record
class TeamMachine:
    """As models/kvm/mmu.py's Machine, with a team in the place of the compound page."""

    member: Array[NR, Member]
    usage: TeamUsage
    tree_lock: Lock
    fresh: Array[NR, Fresh]  # the small page that takes a member's place when the team is gone
    mm: Array[MMS, AddressSpace]
    ept: Ept
    kvm: Kvm
    busy: Ghost[Int[0, 7]] = 0


def get_member(s, i: int) -> bool:
    """get_page_unless_zero()."""
    if s.member[i].refcount == 0:
        return False
    s.member[i].refcount += 1
    s.member[i].held += 1
    return True


def put_member(s, i: int) -> None:
    """put_page()."""
    s.member[i].refcount -= 1
    s.member[i].held -= 1


def lock_member(s, i: int):
    """lock_page()."""
    while s.member[i].locked:
        yield
    s.member[i].locked = True
    yield "lock_page"


def page_add_file_rmap(s, i: int):
    """page_add_file_rmap() and, for the first mapping of a member, inc_team_pte_mapped()."""
    s.member[i].mapcount += 1
    first = s.member[i].mapcount == 1
    yield "_mapcount"
    if first:
        teamed = s.member[i].team
        yield "PageTeam"
        if teamed:
            atomic("cmpxchg of team_usage, given up once disbanding has reset it")
            if s.usage.instantiated > 0:
                s.usage.pte_mapped += 1
            yield "inc_team_pte_mapped"


def page_remove_rmap(s, i: int):
    """page_remove_file_rmap() and, for the last mapping of a member, dec_team_pte_mapped()."""
    s.member[i].mapcount -= 1
    last = s.member[i].mapcount == 0
    yield "_mapcount"
    if last:
        teamed = s.member[i].team
        yield "PageTeam"
        if teamed:
            atomic("cmpxchg of team_usage, given up once disbanding has reset it")
            if s.usage.instantiated > 0:
                s.usage.pte_mapped -= 1
            yield "dec_team_pte_mapped"


def instantiate(s, i: int):
    """shmem_getpage_gfp(SGP_TEAM) of a hole: shmem_add_to_page_cache() uses the reference that kept it for the team."""
    if not get_member(s, i):
        yield "page_cache_get_speculative fails"
        return
    yield "page_cache_get_speculative"
    yield from lock_member(s, i)
    while s.tree_lock:
        yield
    if s.member[0].team and not s.member[i].cached:
        atomic("tree_lock is taken and dropped in this step")
        s.member[i].cached = True
        s.member[i].hole = False
        s.member[i].team = True
        s.usage.instantiated += 1
    s.member[i].locked = False
    yield "shmem_add_to_page_cache unless there, unlock_page"
    put_member(s, i)
    yield "put_page"


def map_team_by_pmd(s, a: int):
    """map_team_by_pmd() with the head locked and held: the entry first, then one _mapcount and one team_usage."""
    m = s.mm[a]
    while m.ptl:
        yield
    if m.pmd != Pmd.NONE:
        s.member[0].locked = False
        yield "raced, unlock_page"
        put_member(s, 0)
        yield "put_page"
        return
    atomic("ptl covers the PMD; the task's reference is the mapping's from now on")
    m.ptl = True
    m.pmd = Pmd.HUGE
    s.member[0].held -= 1
    yield "set_pmd_at"
    yield from page_add_file_rmap(s, 0)
    s.usage.pmd_mapped += 1
    yield "inc_team_pmd_mapped"
    m.ptl = False
    yield "pmd unlock"
    s.member[0].locked = False
    yield "unlock_page"


def remap_team_by_ptes(s, a: int):
    """remap_team_by_ptes(): NR entries take the PMD's place; each tail is counted after its entry is set.

    pmdp_huge_clear_flush() and pmd_populate() are one step, as in models/mm/split.py. The team is uncounted last, so
    that it is not disbanded before the page table is complete.
    """
    m = s.mm[a]
    yield from invalidate_range_start(s, a, 0, NR - 1)
    while m.ptl:
        yield
    if m.pmd == Pmd.HUGE:
        atomic("ptl covers the table; a lockless walker in between would only give up")
        m.ptl = True
        m.pmd = Pmd.TABLE
        m.pte[0] = Pte.PAGE
        yield "pmd_populate"
        for i in range(1, NR):
            m.pte[i] = Pte.PAGE
            s.member[i].owed += 1
            yield "set_pte_at"
            yield from page_add_file_rmap(s, i)
            s.member[i].refcount += 1
            s.member[i].owed -= 1
            yield "get_page"
        s.usage.pmd_mapped -= 1
        yield "dec_team_pmd_mapped"
        m.ptl = False
        yield "pmd unlock"
    yield from invalidate_range_end(s, a)


def unmap_huge_pmd(s, a: int):
    """What zap_huge_pmd() and unmap_team_by_pmd() do under the lock; returns whether the head is to be put."""
    m = s.mm[a]
    while m.ptl:
        yield
    if m.pmd != Pmd.HUGE:
        return False
    atomic("ptl covers the PMD; the mapping's reference is this task's from now on")
    m.ptl = True
    m.pmd = Pmd.NONE
    s.member[0].held += 1
    yield "pmd cleared"
    s.usage.pmd_mapped -= 1
    yield "dec_team_pmd_mapped"
    yield from page_remove_rmap(s, 0)
    m.ptl = False
    yield "pmd unlock"
    return True


def zap_pte(s, a: int, i: int):
    """zap_pte_range() of one entry, also that of try_to_unmap_one(): clear it, remove the mapping, put the page."""
    m = s.mm[a]
    while m.ptl:
        yield
    if m.pmd != Pmd.TABLE or m.pte[i] == Pte.NONE:
        return
    atomic("ptl covers the entry; the mapping's reference is this task's from now on")
    old = m.pte[i]
    m.pte[i] = Pte.NONE
    if old == Pte.PAGE:
        m.ptl = True
        s.member[i].held += 1
        yield "pte cleared"
        yield from page_remove_rmap(s, i)
        m.ptl = False
        yield "pte unlock"
        put_member(s, i)
        yield "put_page"
    else:
        s.fresh[i].held += 1
        yield "pte cleared"
        s.fresh[i].refcount -= 1
        s.fresh[i].held -= 1
        yield "put_page"


def unmap_address(s, a: int, i: int):
    """unmap_mapping_range() or MADV_DONTNEED of one address: a huge PMD becomes a table first."""
    yield from invalidate_range_start(s, a, i, i)
    huge = s.mm[a].pmd == Pmd.HUGE
    yield "pmd read"
    if huge:
        yield from remap_team_by_ptes(s, a)
    yield from zap_pte(s, a, i)
    yield from invalidate_range_end(s, a)


def try_to_unmap(s, a: int, i: int):
    """try_to_unmap_one() with page i locked: the PMD if the page is the head, else its entry and then the notifier."""
    m = s.mm[a]
    if i == 0 and m.pmd == Pmd.HUGE:
        yield "page_check_address_transhuge: pmd"
        yield from invalidate_range_start(s, a, 0, NR - 1)
        put = yield from unmap_huge_pmd(s, a)
        yield from invalidate_range_end(s, a)
        if put:
            put_member(s, 0)
            yield "put_page"
        return
    atomic("a page table, once there, stays: PMD and PTE are one read")
    mapped = entry(s, a, i) == Pte.PAGE and m.pmd == Pmd.TABLE
    yield "page_check_address_transhuge"
    if mapped:
        yield from zap_pte(s, a, i)
        yield from invalidate_page(s, a, i)


def disband(s, i: int):
    """shmem_disband_hugeteam() with page i locked, for truncation, hole punch and swap.

    Patch 11 of the series unmaps first while a PMD maps the team. The flag of the head is cleared under tree_lock after
    team_usage was reset; holes are freed.
    """
    if i != 0:
        if not get_member(s, 0):
            yield "head is free"
            return
        yield "get_page_unless_zero"
        if s.member[0].locked:
            yield "trylock_page fails"
            put_member(s, 0)
            yield "put_page"
            return
        s.member[0].locked = True
        yield "trylock_page"
        if not s.member[0].team:
            yield "not PageTeam(head)"
            s.member[0].locked = False
            yield "unlock_page"
            put_member(s, 0)
            yield "put_page"
            return
    if DISBAND_UNMAPS.applied:
        mapped = s.usage.pmd_mapped > 0
        yield "team_pmd_mapped"
        while mapped:
            for a in range(MMS):
                yield from unmap_address(s, a, i)
            mapped = s.usage.pmd_mapped > 0
            yield "team_pmd_mapped"
    while s.tree_lock:
        yield
    s.tree_lock = True
    yield "tree_lock"
    disbanded = s.member[0].team
    if disbanded:
        atomic("one atomic_long")
        s.usage.instantiated = 0
        s.usage.pmd_mapped = 0
        s.usage.pte_mapped = 0
        yield "team_usage reset"
        s.member[0].team = False
        yield "ClearPageTeam(head)"
    s.tree_lock = False
    yield "tree_unlock"
    if i != 0:
        s.member[0].locked = False
        yield "unlock_page(head)"
    if disbanded:
        yield from disband_tails(s)
    if i != 0:
        put_member(s, 0)
        yield "put_page(head)"


def disband_tails(s):
    """shmem_disband_hugetails(): tails lose the flag, holes their reference."""
    for i in range(NR):
        hole = s.member[0].hole if i == 0 else not s.member[i].team
        yield "PageSwapBacked, PageTeam"
        if hole:
            atomic("the hole is out of everybody's reach, but for speculative references")
            s.member[i].hole = False
            s.member[i].refcount -= 1
            yield "hole freed"
        elif i != 0:
            s.member[i].team = False
            yield "ClearPageTeam"


def remove_from_cache(s, i: int):
    """truncate_inode_page() of a page that is locked and in no team: unmap, and delete it from the page cache."""
    mapped = s.member[i].mapcount > 0
    yield "page_mapped"
    if mapped:
        for a in range(MMS):
            yield from unmap_address(s, a, i)
    while s.tree_lock:
        yield
    s.member[i].cached = False
    s.member[i].held += 1
    yield "__delete_from_page_cache"
    put_member(s, i)
    yield "put_page of the cache"
