"""What uses team pages: faults, madvise, munmap, hole punch and reclaim (huge tmpfs, April 2016)."""

from models.kvm.notifier import invalidate_range_end, invalidate_range_start
from models.mm.page import MMS, NR, Pmd, Pte, begin, entry, finish, get_fresh, put_fresh
from models.mm.team import (
    disband,
    get_member,
    instantiate,
    lock_member,
    map_team_by_pmd,
    page_add_file_rmap,
    put_member,
    remove_from_cache,
    try_to_unmap,
    unmap_address,
    unmap_huge_pmd,
    zap_pte,
)
from thpverify.lang import atomic, choose, thread


@thread
def team_fault(s, a: int, refault: bool):
    """shmem_fault() with FAULT_FLAG_MAY_HUGE: the team by PMD if there is no page table yet, one page by PTE else.

    `refault`: once the team is gone and a page was punched out, a small page takes its place. Left out: misaligned
    areas, which never ask for a PMD, and recovery, which puts a disbanded team together again.
    """
    m = s.mm[a]
    while True:
        atomic("the choice is the process's; what it reads is looked at again under the locks")
        i = choose(j for j in range(NR) if wants(s, a, j, refault))
        begin(s)
        yield "fault"
        there = s.member[i].cached
        yield "find_get_entry"
        if not there:
            teamed = s.member[0].team
            yield "shmem_hugeteam_lookup"
            if not teamed:
                yield from fault_fresh(s, a, i)
                finish(s)
                yield "fault returns"
                continue
            yield from instantiate(s, i)
        if not get_member(s, i):
            finish(s)
            yield "page is free: fault again"
            continue
        yield "page_cache_get_speculative"
        huge = m.pmd == Pmd.NONE
        yield "FAULT_FLAG_MAY_HUGE"
        if huge:
            huge = s.member[i].team
            yield "PageTeam"
        if huge:
            ready = yield from lock_whole_team(s, i)
            if ready:
                yield from map_team_by_pmd(s, a)
            finish(s)
            yield "fault returns"
            continue
        yield from lock_member(s, i)
        yield from map_by_pte(s, a, i)
        finish(s)
        yield "fault returns"


def wants(s, a: int, i: int, refault: bool) -> bool:
    """Whether the process has a reason to fault at address i."""
    return entry(s, a, i) == Pte.NONE and (
        s.member[i].cached or s.member[0].team or (refault and s.fresh[i].refcount == 0)
    )


def lock_whole_team(s, i: int):
    """shmem_fault() from get_page_unless_zero(head): populate all holes, lock the head, look at PageTeam again."""
    if i != 0:
        if not get_member(s, 0):
            yield "head is free"
            put_member(s, i)
            yield "put_page"
            return False
        yield "get_page_unless_zero(head)"
        put_member(s, i)
        yield "put_page"
    for j in range(NR):
        there = s.member[j].cached
        yield "shmem_populate_hugeteam"
        if not there:
            yield from instantiate(s, j)
    yield from lock_member(s, 0)
    if s.member[0].team:
        yield "PageTeam(head)"
        return True
    s.member[0].locked = False
    yield "disbanded meanwhile, unlock_page"
    put_member(s, 0)
    yield "put_page(head)"
    return False


def map_by_pte(s, a: int, i: int):
    """do_set_pte() with page i locked and held, if it is still in the page cache and the address still empty."""
    m = s.mm[a]
    if s.member[i].cached:
        while m.ptl:
            yield
        if m.pmd != Pmd.HUGE and m.pte[i] == Pte.NONE:
            m.ptl = True
            m.pmd = Pmd.TABLE
            yield "pte lock"
            yield from page_add_file_rmap(s, i)
            m.pte[i] = Pte.PAGE
            s.member[i].held -= 1
            m.ptl = False
            yield "pte set"
            s.member[i].locked = False
            yield "unlock_page"
            return
    s.member[i].locked = False
    yield "nothing to map, unlock_page"
    put_member(s, i)
    yield "put_page"


def fault_fresh(s, a: int, i: int):
    """A small page, the only one for this address, is allocated and mapped; its part in the page cache is left out."""
    m = s.mm[a]
    if s.fresh[i].refcount > 0:
        yield "no small page"
        return
    atomic("the page is this task's own until it is mapped")
    s.fresh[i].refcount = 1
    s.fresh[i].held = 1
    yield "shmem_alloc_page"
    if s.member[i].cached:
        yield "shmem_add_to_page_cache: EEXIST"
        put_fresh(s, i)
        yield "put_page"
        return
    yield "shmem_add_to_page_cache"
    while m.ptl:
        yield
    assert m.pmd != Pmd.HUGE and m.pte[i] == Pte.NONE
    atomic("ptl is taken and dropped in this step; it covers the entry")
    m.pmd = Pmd.TABLE
    m.pte[i] = Pte.FRESH
    s.fresh[i].held -= 1
    yield "pte set"


@thread
def team_madvise_dontneed(s, a: int):
    """madvise(MADV_DONTNEED) of one small page, at any of the addresses where something is mapped."""
    while True:
        atomic("the choice is the process's; it reads nothing")
        i = choose(j for j in range(NR) if entry(s, a, j) != Pte.NONE)
        begin(s)
        yield "madvise"
        yield from unmap_address(s, a, i)
        finish(s)
        yield "madvise returns"


@thread
def team_munmap(s, a: int):
    """munmap() of the whole window: zap_huge_pmd() or every entry, under one notifier range."""
    while True:
        while s.mm[a].pmd == Pmd.NONE:
            yield
        begin(s)
        yield "munmap"
        yield from invalidate_range_start(s, a, 0, NR - 1)
        put = yield from unmap_huge_pmd(s, a)
        if put:
            put_member(s, 0)
            yield "flushed, put_page"
        for i in range(NR):
            yield from zap_pte(s, a, i)
        yield from invalidate_range_end(s, a)
        finish(s)
        yield "munmap returns"


@thread
def team_punch_hole(s, first: int, last: int):
    """shmem_undo_range() of pages first to last: each page is locked, its team disbanded, and it is truncated."""
    begin(s)
    yield "fallocate"
    for a in range(MMS):
        for i in range(NR):
            if first <= i <= last:
                yield from unmap_address(s, a, i)
    for i in range(NR):
        if first <= i <= last:
            yield from punch_page(s, i)
    finish(s)
    yield "fallocate returns"


def punch_page(s, i: int):
    """One page of the range; a team that could not be disbanded is tried again."""
    while True:
        atomic("find_get_entries() looks at the slot again when it has the reference")
        if not s.member[i].cached or not get_member(s, i):
            yield "find_get_entries: nothing"
            return
        yield "find_get_entries"
        yield from lock_member(s, i)
        if s.member[i].cached and s.member[i].team:
            yield "PageTeam"
            yield from disband(s, i)
        if s.member[i].cached and not s.member[i].team:
            yield "not PageTeam"
            yield from remove_from_cache(s, i)
        s.member[i].locked = False
        yield "unlock_page"
        put_member(s, i)
        yield "put_page"


@thread
def team_reclaim(s):
    """shrink_page_list() of one page: unmap it; then shmem_writepage(), which only starts with the head, disbands.

    What follows is the page's way to swap, which is told as its end: freed if nobody else has a reference.
    """
    i = choose(range(NR))
    while not s.member[i].cached or s.member[i].refcount == 0:
        atomic("it waits until both are so, and looks again")
        yield
    atomic("isolate_lru_page()")
    begin(s)
    get_member(s, i)
    yield "isolate_lru_page"
    if s.member[i].locked:
        yield "trylock_page fails"
        put_member(s, i)
        finish(s)
        yield "putback"
        return
    s.member[i].locked = True
    yield "trylock_page"
    mapped = s.member[i].mapcount > 0
    yield "page_mapped"
    if mapped:
        for a in range(MMS):
            yield from try_to_unmap(s, a, i)
        mapped = s.member[i].mapcount > 0
        yield "page_mapped again"
    if not mapped:
        teamed = s.member[i].team
        yield "shmem_writepage: PageTeam"
        if teamed:
            first = i == 0 or s.member[0].hole
            yield "PageSwapBacked(head)"
            if first:
                yield from disband(s, i)
            teamed = s.member[i].team
            yield "PageTeam"
        if not teamed:
            while s.tree_lock:
                yield
            if s.member[i].cached and s.member[i].refcount == 2:
                atomic("tree_lock and page_ref_freeze()")
                s.member[i].cached = False
                s.member[i].refcount = 0
                s.member[i].held -= 1
                s.member[i].locked = False
                finish(s)
                yield "__remove_mapping, freed"
                return
    s.member[i].locked = False
    yield "unlock_page"
    put_member(s, i)
    finish(s)
    yield "putback"


def get_user_team_page(s, a: int, i: int):
    """get_user_pages_fast() of address i; returns what it holds a reference on, or Pte.NONE. See models/mm/gup.py."""
    atomic("a page table, once there, stays: PMD and PTE are one read")
    frame = entry(s, a, i)
    if frame == Pte.NONE:
        yield "gup: no page"
        return Pte.NONE
    yield "gup: entry read"
    if frame == Pte.FRESH:
        if s.fresh[i].refcount == 0:
            yield "gup: no reference"
            return Pte.NONE
        get_fresh(s, i)
    elif not get_member(s, i):
        yield "gup: no reference"
        return Pte.NONE
    yield "gup: reference taken"
    atomic("a page table, once there, stays: PMD and PTE are one read")
    if entry(s, a, i) != frame:
        yield "gup: entry changed"
        put_team_page(s, i, frame)
        yield "gup: reference put"
        return Pte.NONE
    yield "gup: entry unchanged"
    return frame


def put_team_page(s, i: int, frame: Pte) -> None:
    """put_page() of what get_user_team_page() returned."""
    if frame == Pte.FRESH:
        put_fresh(s, i)
    else:
        put_member(s, i)
