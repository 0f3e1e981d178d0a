"""include/linux/rmap.h and mm/rmap.c of v6.2 to v6.18: how a large folio counts its mappings without PG_double_map.

Anonymous and file folios count alike: a PMD in _entire_mapcount, a PTE in its page's _mapcount. The first mapping of a
page or of the whole adds to _nr_pages_mapped, for the statistics. v6.10 adds _large_mapcount, the total; v6.15 two
slots that know which mm has how many of it. Counters that the kernel starts at -1 start at 0 here.
"""

from models.mm.page import MMS, NR, Pmd
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, Ref, choose, record, thread

SCHEME = Constant("RMAP_SCHEME", 0)  # one of the following
NR_PAGES_MAPPED = 0  # v6.2 to v6.9
LARGE_MAPCOUNT = 1  # v6.10 to v6.14
MM_IDS = 2  # v6.15 on, CONFIG_MM_ID

STATISTICS = Constant("NR_FILE_MAPPED", 0)  # 1: the pages' part of NR_FILE_MAPPED is kept

FORGETFUL = Constant("SLOT_FORGETS_OTHERS", 0)  # 1: who takes slot 0 does not look for mappings of others

ENTIRELY_MAPPED = 16  # of 0x800000


@record
class Slot:
    """_mm_id and _mm_id_mapcount."""

    mm: Ref[MMS] = None
    mapcount: Int[0, NR + 1] = 0


@record
class Folio:
    mapcount: Array[NR, Int[0, MMS]] = 0
    entire_mapcount: Int[0, MMS] = 0
    nr_pages_mapped: Int[0, ENTIRELY_MAPPED * (MMS + 1)] = 0
    large_mapcount: Int[0, MMS * (NR + 1)] = 0
    mm_ids_lock: Lock  # FOLIO_MM_IDS_LOCK_BITNUM
    shared: Bool = False  # FOLIO_MM_IDS_SHARED_BITNUM
    slot: Array[2, Slot]
    file_mapped: Int[-1 - NR, NR * (MMS + 1)] = 0  # this folio's part of NR_FILE_MAPPED


@record
class Mm:
    ptl: Lock
    pmd: Pmd = Pmd.NONE
    pte: Array[NR, Bool] = False


@record
class FolioMachine:
    folio: Folio
    mm: Array[MMS, Mm]
    busy: Ghost[Int[0, MMS]] = 0  # tasks between the two ends of an operation


def folio_add_large_mapcount(s, a: int):
    """folio_add_large_mapcount(folio, 1, vma): the total, and who has it."""
    folio = s.folio
    if SCHEME == LARGE_MAPCOUNT:
        folio.large_mapcount += 1
        yield "_large_mapcount"
        return
    while folio.mm_ids_lock:
        yield
    folio.mm_ids_lock = True
    folio.large_mapcount += 1
    yield "folio_lock_large_mapcount, _large_mapcount"
    if folio.slot[0].mm == a:
        folio.slot[0].mapcount += 1
    elif folio.slot[1].mm == a:
        folio.slot[1].mapcount += 1
    elif folio.slot[0].mm is None:
        folio.slot[0].mm = a
        folio.slot[0].mapcount = 1
        if folio.large_mapcount != 1 and FORGETFUL == 0:
            yield "slot 0 taken"
            folio.shared = True
    elif folio.slot[1].mm is None:
        folio.slot[1].mm = a
        folio.slot[1].mapcount = 1
        yield "slot 1 taken"
        folio.shared = True
    folio.mm_ids_lock = False
    yield "folio_unlock_large_mapcount"


def folio_sub_large_mapcount(s, a: int):
    """folio_sub_large_mapcount(folio, 1, vma). A slot's count may be too small: what was mapped while none was free."""
    folio = s.folio
    if SCHEME == LARGE_MAPCOUNT:
        folio.large_mapcount -= 1
        yield "_large_mapcount"
        return
    while folio.mm_ids_lock:
        yield
    folio.mm_ids_lock = True
    folio.large_mapcount -= 1
    yield "folio_lock_large_mapcount, _large_mapcount"
    left = False
    for i in range(2):
        if folio.slot[i].mm == a:
            folio.slot[i].mapcount -= 1
            left = folio.slot[i].mapcount > 0
            if not left:
                folio.slot[i].mm = None
            break
    yield "slot"
    total = folio.large_mapcount
    if not left and (folio.slot[0].mapcount == total or folio.slot[1].mapcount == total):
        folio.shared = False
    folio.mm_ids_lock = False
    yield "shared bit, folio_unlock_large_mapcount"


def folio_add_rmap_pte(s, a: int, i: int):
    """__folio_add_rmap(RMAP_LEVEL_PTE) of one page; v6.10 to v6.14 count the total last, v6.15 first."""
    folio = s.folio
    if SCHEME == MM_IDS:
        yield from folio_add_large_mapcount(s, a)
    folio.mapcount[i] += 1
    first = folio.mapcount[i] == 1
    yield "_mapcount"
    if first:
        folio.nr_pages_mapped += 1
        counts = folio.nr_pages_mapped < ENTIRELY_MAPPED
        yield "_nr_pages_mapped"
        if counts and STATISTICS == 1:
            folio.file_mapped += 1
            yield "__lruvec_stat_mod_folio"
    if SCHEME == LARGE_MAPCOUNT:
        yield from folio_add_large_mapcount(s, a)


def folio_remove_rmap_pte(s, a: int, i: int):
    """__folio_remove_rmap(RMAP_LEVEL_PTE) of one page: the total first."""
    folio = s.folio
    if SCHEME != NR_PAGES_MAPPED:
        yield from folio_sub_large_mapcount(s, a)
    folio.mapcount[i] -= 1
    last = folio.mapcount[i] == 0
    yield "_mapcount"
    if last:
        folio.nr_pages_mapped -= 1
        counts = folio.nr_pages_mapped < ENTIRELY_MAPPED
        yield "_nr_pages_mapped"
        if counts and STATISTICS == 1:
            folio.file_mapped -= 1
            yield "__lruvec_stat_mod_folio"


def folio_add_rmap_pmd(s, a: int):
    """__folio_add_rmap(RMAP_LEVEL_PMD): no page of the folio is touched.

    The statistics are left as they are by who has "raced ahead of another remove and an add", as the kernel has it.
    """
    folio = s.folio
    if SCHEME == MM_IDS:
        yield from folio_add_large_mapcount(s, a)
    folio.entire_mapcount += 1
    first = folio.entire_mapcount == 1
    yield "_entire_mapcount"
    if first:
        folio.nr_pages_mapped += ENTIRELY_MAPPED
        mapped = folio.nr_pages_mapped
        yield "_nr_pages_mapped"
        if STATISTICS == 1 and mapped < 2 * ENTIRELY_MAPPED:
            folio.file_mapped += max(0, NR - mapped % ENTIRELY_MAPPED)
            yield "__lruvec_stat_mod_folio"
    if SCHEME == LARGE_MAPCOUNT:
        yield from folio_add_large_mapcount(s, a)


def folio_remove_rmap_pmd(s, a: int):
    """__folio_remove_rmap(RMAP_LEVEL_PMD)."""
    folio = s.folio
    if SCHEME != NR_PAGES_MAPPED:
        yield from folio_sub_large_mapcount(s, a)
    folio.entire_mapcount -= 1
    last = folio.entire_mapcount == 0
    yield "_entire_mapcount"
    if last:
        folio.nr_pages_mapped -= ENTIRELY_MAPPED
        mapped = folio.nr_pages_mapped
        yield "_nr_pages_mapped"
        if STATISTICS == 1 and mapped < ENTIRELY_MAPPED:
            folio.file_mapped -= max(0, NR - mapped % ENTIRELY_MAPPED)
            yield "__lruvec_stat_mod_folio"


@thread
def use_folio(s, a: int, huge: bool):
    """A process faults, zaps and splits, under its page table lock: rmap before an entry is set, after it is cleared.

    Walkers of rmap, which would take the same lock to do the same, are left out, and so are references, whose rules did
    not change. A page table without entries is as good as none: munmap() frees it. `huge`: it maps by PMD too.
    """
    m = s.mm[a]
    while True:
        while m.ptl:
            yield
        m.ptl = True
        s.busy += 1
        yield "lock"
        what, i = choose((w, j) for w in range(5 if huge else 2) for j in range(NR if w < 2 else 1) if can(s, a, w, j))
        if what == 0:
            yield from folio_add_rmap_pte(s, a, i)
            m.pmd = Pmd.TABLE
            m.pte[i] = True
        elif what == 1:
            m.pte[i] = False
            yield "pte cleared"
            yield from folio_remove_rmap_pte(s, a, i)
        elif what == 2:
            yield from folio_add_rmap_pmd(s, a)
            m.pmd = Pmd.HUGE
        elif what == 3:
            m.pmd = Pmd.NONE
            yield "pmd cleared"
            yield from folio_remove_rmap_pmd(s, a)
        else:
            yield from split_huge_pmd(s, a)
        m.ptl = False
        s.busy -= 1
        yield "unlock"


def can(s, a: int, what: int, i: int) -> bool:
    """Whether process a has a reason to: map page i (0), zap it (1), map the PMD (2), zap it (3), split it (4)."""
    m = s.mm[a]
    if what == 0:
        return m.pmd != Pmd.HUGE and not m.pte[i]
    if what == 1:
        return m.pte[i]
    if what == 2:
        return m.pmd != Pmd.HUGE and not any(m.pte)
    return m.pmd == Pmd.HUGE


def split_huge_pmd(s, a: int):
    """__split_huge_pmd_locked() of an anonymous folio: the PTEs are counted, set, and then the PMD is uncounted.

    A file's PMD is zapped, and faulted in again, which are operations of their own.
    """
    m = s.mm[a]
    for i in range(NR):
        yield from folio_add_rmap_pte(s, a, i)
    m.pmd = Pmd.TABLE
    for i in range(NR):
        m.pte[i] = True
    yield "pmd_populate"
    yield from folio_remove_rmap_pmd(s, a)
