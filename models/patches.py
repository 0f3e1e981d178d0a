"""The commits that the models ask for, and the kernel versions as sets of them: all that were merged by then."""

from thpverify.lang import era, patch
from thpverify.lang.patches import Era, Patch

COMPOUND_MAP = patch("127393fbe597", "mm: thp: kvm: fix memory corruption in KVM with THP enabled", version="v4.6")
FORCE_COW_BREAK = patch(
    "17839856fd58", "gup: document and work around 'COW can break either way' issue", version="v5.8"
)
NO_FORCED_COW_BREAK = patch("a308c71bf1e6", "mm/gup: Remove enfornced COW mechanism", version="v5.9")
PAGE_COUNT_COW = patch("09854ba94c6a", "mm: do_wp_page() simplification", version="v5.9")
ANON_EXCLUSIVE = patch(
    "6c287605fd56", "mm: remember exclusively mapped anonymous pages with PG_anon_exclusive", version="v5.19"
)
EXCLUSIVE_BARRIERS = patch(
    "088b8aa537c2", "mm: fix PageAnonExclusive clearing racing with concurrent RCU GUP-fast", version="v6.1"
)
ANON_VMA_AGAIN = patch("023f47a8250c", "mm/khugepaged: fix ->anon_vma race", version="v6.2")
NO_FOLIO_OF_MIGRATION = patch(
    "be6e843fc51a", "mm/huge_memory: fix dereferencing invalid pmd migration entry", version="v6.15"
)
TOTAL_MAPCOUNT_ISOLATION = patch("829ae0f81ce0", "mm: migrate: fix THP's mapcount on isolation", version="v6.1")
GUP_SLOW_ADD = patch("f442fa614137", "mm: gup: stop abusing try_grab_folio", version="v6.10")
UFFD_PMD_AGAIN = patch("71c186efc1b2", "userfaultfd: fix checks for huge PMDs", version="v6.11")
UFFD_NO_BUG = patch("4828d207dc51", "userfaultfd: don't BUG_ON() if khugepaged yanks our page table", version="v6.11")
UNQUEUE_FIRST = patch("f8f931bba0f9", "mm/thp: fix deferred split unqueue naming and locking", version="v6.12")
BATCH_IN_TABLE = patch(
    "ddd05742b45b",
    "mm/rmap: fix potential out-of-bounds page table access during batched unmap",
    version="v6.16",
)
BATCH_SAME_WRITE = patch("29f40594a281", "mm/rmap: fix incorrect pte restoration for lazyfree folios", version="v7.0")
MIGRATE_REQUEUES = patch(
    "a2e0c0668a34", "mm: migrate: requeue destination folio on deferred split queue", version="v7.1"
)
REQUEUE_FIRST = patch("3bac01168982", "mm: fix deferred split queue races during migration", version="v7.1")
WITHIN_NEXT_INDEX = patch("de6ee659684b", "mm/shmem.c: fix judgment error in shmem_is_huge()", version="v5.15")
FORK_COPIES_PINNED = patch("70e806e4e645", "mm: Do early cow for pinned pages during fork() for ptes", version="v5.9")
FORK_SPLITS_PINNED = patch("d042035eaf5f", "mm/thp: Split huge pmds/puds if they're pinned when fork()", version="v5.9")
FORK_SEQCOUNT = patch("57efa1fe5957", "mm/gup: prevent gup_fast from racing with COW during fork", version="v5.11")
GUP_HEAD_AGAIN = patch(
    "c24d37322548", "mm/gup: fix try_grab_compound_head() race with split_huge_page()", version="v5.14"
)
COLLAPSE_SHARED = patch("9445689f3b61", "khugepaged: allow to collapse a page shared across fork", version="v5.8")
GUP_PMD_AGAIN = patch("70cbc3cc78a9", "mm: gup: fix the fast GUP race against THP collapse", version="v6.1")
UNMAP_RANGE = patch("369ea8242c0f", "mm/rmap: update to new mmu_notifier semantic", version="v4.13")
PAGECACHE_MAP = patch(
    "169226f7e0d2", "mm: thp: handle page cache THP correctly in PageTransCompoundMap", version="v5.4"
)
S2_UNMAP_TABLE = patch("3c3736cd32bf", "KVM: arm/arm64: Fix handling of stage2 huge mappings", version="v5.1")
S2_PGTABLE = patch("6f745f1bb5bf", "KVM: arm64: Convert user_mem_abort() to generic page-table API", version="v5.10")
S2_READ_LOCK = patch(
    "f783ef1c0e82", "KVM: arm64: Add fast path to handle permission relaxation during dirty logging", version="v5.18"
)
S2_SPLIT_WRITE_LOCK = patch(
    "f587661f21eb", "KVM: arm64: Don't split hugepages outside of MMU write lock", version="v5.19"
)
S2_PARALLEL = patch("1577cb5823ce", "KVM: arm64: Handle stage-2 faults in parallel", version="v6.2")
S2_PA_FROM_IPA = patch(
    "1f0f4a2ef7a5", "KVM: arm64: Infer the PA offset from IPA in stage-2 map walker", version="v6.4"
)
S2_EAGER_SPLIT = patch("e7bf7a490c68", "KVM: arm64: Split huge pages when dirty logging is enabled", version="v6.5")
S2_DEFER_FLUSH = patch("7657ea920c54", "KVM: arm64: Use TLBI range-based instructions for unmap", version="v6.6")
S2_TABLE_NOT_DEFERRED = patch(
    "f62d4c3eb687", "KVM: arm64: Don't defer TLB invalidation when zapping table entries", version="v6.9"
)
S2_TABLE_NO_HINT = patch(
    "36e008323926", "KVM: arm64: Don't pass a TLBI level hint when zapping table entries", version="v6.9"
)
TDP_PARALLEL = patch("a2855afc7ee8", "KVM: x86/mmu: Allow parallel page faults for the TDP MMU", version="v5.12")
RETRY_RANGE = patch("4a42d848db95", "KVM: x86/mmu: Consider the hva in mmu_notifier retry", version="v5.12")
MEMSLOT_WAITS = patch(
    "52ac8b358b0c", "KVM: Block memslot updates across range_start() and range_end()", version="v5.15"
)
HOST_WALK_IRQS_OFF = patch(
    "44187235cbcc", "KVM: x86/mmu: fix potential races when walking host page table", version="v5.18"
)
COLLAPSE_IPI = patch("2ba99c5e0881", "mm/khugepaged: fix GUP-fast interaction by sending IPI", version="v6.1")
ARM64_WALK_IRQS_OFF = patch(
    "e86fc1a3a3e9", "KVM: arm64: Disable interrupts while walking userspace PTs", version="v6.3"
)
TDP_ITER_YIELDED = patch(
    "3a0f64de479c", "KVM: x86/mmu: Don't advance iterator after restart due to yielding", version="v5.16"
)
TDP_L2_WRITE_PROTECT = patch(
    "2673dfb591a3", "KVM: x86/mmu: Write-protect L2 SPTEs in TDP MMU when clearing dirty status", version="v6.9"
)
MREMAP_EMPTY = patch(
    "01e67e04c281",
    "mmmremap.c: avoid pointless invalidate_range_start/end on mremap(old_size=0)",
    version="v5.18",
)
SHADOW_GFN_CHECK = patch(
    "0cb2af2ea66a", "KVM: x86: Fix shadow paging use-after-free due to unexpected GFN", version="v7.1"
)
MMIO_DROPS_SPTE = patch(
    "aad885e77496", "KVM: x86/mmu: Drop/zap existing present SPTE even when creating an MMIO SPTE", version="v7.0"
)
VNCR_PUT = patch(
    "9f76b039a72d", "KVM: arm64: Don't leak PFN when kvm_translate_vncr() races MMU notifier", version="v7.2"
)
VNCR_READ_ONLY = patch("2684e02bac41", "KVM: arm64: nv: Respect read-only PFN when mapping L1 VNCR", version="v7.2")
ARM64_HOST_WALK = patch(
    "6011cf68c885", "KVM: arm64: Walk userspace page tables to compute the THP mapping size", version="v5.15"
)
HOST_WALK = patch("db5432165e9b", "KVM: x86/mmu: Walk host page tables to find THP mappings", version="v5.6")
STAGE2_BOUNDS = patch("6794ad5443a2", "KVM: arm/arm64: Fix unintended stage 2 PMD mappings", version="v5.0")
SLOT_MOVE = patch(
    "edd4fa37baa6", "KVM: x86: Allocate new rmap and large page tracking when moving memslot", version="v5.7"
)
FILE_NOTIFIER = patch(
    "f268f6cf875f", "mm/khugepaged: invoke MMU notifiers in shmem/file collapse paths", version="v6.1"
)
XARRAY_COLLAPSE = patch("77da9389b9d5", "mm: Convert collapse_shmem to XArray", version="v4.20")
CHARGE_NRPAGES = patch("aaa52e340073", "mm/khugepaged: fix crashes due to misaccounted holes", version="v4.20")
COLLAPSE_UNFROZEN = patch("87c460a0bded", "mm/khugepaged: collapse_shmem() without freezing new_page", version="v4.20")
COLLAPSE_PUNCHED = patch(
    "701270fa193a", "mm/khugepaged: collapse_shmem() stop if punched or truncated", version="v4.20"
)
COLLAPSE_COMPOUND = patch("06a5e1268a5f", "mm/khugepaged: collapse_shmem() do not crash on Compound", version="v4.20")
COLLAPSE_REORDER = patch("042a30824871", "mm/khugepaged: minor reorderings in collapse_shmem()", version="v4.20")
CREATE_RANGE = patch("95feeabb7714", "mm/khugepaged: fix the xas_create_range() error path", version="v4.20")
UNCHARGE_RECALC = patch("509f006932de", "shmem: fix quota lock nesting in huge hole handling", version="v6.6")
FILE_PMD_DIRTY = patch("e1f1b1572e8d", "thp: fix data loss when splitting a file pmd", version="v4.18")
SPLIT_MIGRATION_ENTRY = patch(
    "99fa8a48203d", "mm/thp: fix __split_huge_pmd_locked() on shmem migration entry", version="v5.13"
)
PMD_PRESENT_CHECK = patch("edb5d0cf5525", "mm/MADV_COLLAPSE: catch !none !huge !bad pmd lookups", version="v6.2")
COUNTER_OF_PAGE = patch(
    "fadae2953072", "thp: use mm_file_counter to determine update which rss counter", version="v4.19"
)
COUNTER_BEFORE_PUT = patch("8d878059924f", "mm/huge_memory: update file PMD counter before folio_put()", version="v7.1")

NUMA_NOT_NONE = patch("ced108037c2a", "thp: fix MADV_DONTNEED vs. numa balancing race", version="v4.11")
FREE_NOT_NONE = patch("58ceeb6bec86", "thp: fix MADV_DONTNEED vs. MADV_FREE race", version="v4.11")
TOUCH_CLEAN = patch(
    "a8f97366452e", "mm, thp: Do not make page table dirty unconditionally in touch_p[mu]d()", version="v4.15"
)
ESTABLISH_PMD = patch("d52605d7cb30", "mm: do not lose dirty and accessed bits in pmdp_invalidate()", version="v4.16")
CLEAR_BAD_PMD = patch(
    "8b272b3cbbb5",
    "mm, numa: fix bad pmd by atomically check for pmd_trans_huge when marking page tables prot_numa",
    version="v5.6",
)
MIGRATION_DIRTY = patch(
    "8a8683ad9ba4", "mm: fix possible PMD dirty bit lost in set_pmd_migration_entry()", version="v5.6"
)
INVALIDATE_KEEPS_TLB = patch("4f83145721f3", "mm: avoid unnecessary flush on change_huge_pmd()", version="v5.19")
MIGRATE_NOT_NONE = patch(
    "d7c3393413fe",
    "mm: thp: fix MADV_DONTNEED vs migrate_misplaced_transhuge_page race condition",
    version="v4.20",
)
RETRACT_LOCKS = patch("8d3c106e19e8", "mm/khugepaged: take the right locks for page table retraction", version="v6.1")
OFFSET_MAY_FAIL = patch("0d940a9b270b", "mm/pgtable: allow pte_offset_map[_lock]() to fail", version="v6.5")
RETRACT_UNLOCKED = patch(
    "1d65b771bc08", "mm/khugepaged: retract_page_tables() without mmap or vma lock", version="v6.6"
)
TAIL_REF_LAST = patch(
    "605ca5ede764", "mm/huge_memory.c: reorder operations in __split_huge_page_tail()", version="v4.17"
)
TAIL_MAPPING_FIRST = patch(
    "173d9d9fd3dd", "mm/huge_memory: splitting set mapping+index before unfreeze", version="v4.20"
)
UNMAP_PAGE_LOCKS = patch(
    "22061a1ffabd", "mm/thp: unmap_mapping_page() to fix THP truncate_cleanup_page()", version="v5.13"
)
TTU_SYNC = patch("732ed55823fc", "mm/thp: try_to_unmap() use TTU_SYNC for safe splitting", version="v5.13")
TAIL_PRIVATE_CLEARED = patch(
    "b653db77350c", "mm: Clear page->private when splitting or migrating a page", version="v5.19"
)
KEEP_PRIVATE = patch("71e2d666ef85", "mm/huge_memory: do not clobber swp_entry_t during THP split", version="v6.1")
FREE_SWAP_LOCKED = patch("8a1968bd997f", "mm/shmem, swap: fix race of truncate and swap entry split", version="v6.19")
TRUNCATE_ROUND_DOWN = patch("2030dddf9545", "mm, shmem: prevent infinite loop on truncate race", version="v6.19")
MIGRATE_SWAPCACHE = patch("60cf233b585c", "mm/migrate: fix shmem xarray update during migration", version="v6.14")
CONTIG_SIBLING = patch("c225c4f6056b", "mm/filemap: fix filemap_get_folios_contig THP panic", version="v6.12")
COLLAPSE_WRITEBACK = patch(
    "74c42e1baacf", "mm, thp: bail out early in collapse_file for writeback page", version="v5.15"
)
COLLAPSE_WRITES_DIRTY = patch(
    "2dfe9f5c91d0", "mm/khugepaged: write all dirty file folios when collapsing", version="v7.1.4"
)
UNLOCK_IMMAP_FIRST = patch(
    "e923bd21058e", "mm/huge_memory: unlock i_mmap_rwsem before releasing after-split folios", version="v7.2"
)

FLUSH_BATCHED = patch(
    "3ea277194daa",
    "mm, mprotect: flush TLB if potentially racing with a parallel reclaim leaving stale TLB entries",
    version="v4.13",
)
FLUSH_NESTED = patch("99baac21e458", "mm: fix MADV_[FREE|DONTNEED] TLB flush miss problem", version="v4.14")
MREMAP_FLUSH_DIRTY = patch("5d1904204c99", "mremap: fix race between mremap() and page cleanning", version="v4.9")
MOVE_PMD = patch("2c91bd4a4e2e", "mm: speed up mremap by 20x on large regions", version="v5.0")
MREMAP_RMAP_LOCKS = patch(
    "97113eb39fa7", "mm/mremap: hold the rmap lock in write mode when moving page table entries.", version="v5.14"
)
MREMAP_PMD_AGAIN = patch("6fa1066fc5d0", "mm/mremap: fix move_normal_pmd/retract_page_tables race", version="v6.12")
MREMAP_FLUSH = patch("eb66ae030829", "mremap: properly flush TLB before releasing the page", version="v4.19")
SYNC_WALKERS = patch("2ba99c5e0881", "mm/khugepaged: fix GUP-fast interaction by sending IPI", version="v6.1")
FREED_TABLES = patch("3ef938c35035", "x86/mm: Fix flush_tlb_range() when used for zapping normal PMDs", version="v6.15")
MASK_LAZILY = patch("209954cbc7d0", "x86/mm/tlb: Update mm_cpumask lazily", version="v6.14")
FLUSH_SWITCHING = patch(
    "fea4e317f9e7", "x86/mm: Eliminate window where TLB flushes may be inadvertently skipped", version="v6.15"
)
SWITCH_ORDER = patch("83b0177a6c48", "x86/mm: Fix SMP ordering in switch_mm_irqs_off()", version="v6.18")
WRITE_PROTECT_OLD = patch(
    "c70dce4982ce", "fs/proc/task_mmu: fix loss of young/dirty bits during pagemap scan", version="v6.9"
)
TLBI_RANGE_NUM = patch("e3ba51ab24fd", "arm64: tlb: Fix TLBI RANGE operand", version="v6.9")
CONTPTE_RAW = patch(
    "97c5550b7631", "arm64: contpte: fix set_access_flags() no-op check for SMMU/ATS faults", version="v7.0"
)

COMMITS = [each for each in vars().values() if isinstance(each, Patch)]


def numbers(version: str) -> list[int]:
    """[4, 20] for "v4.20"."""
    return [int(number) for number in version.removeprefix("v").split(".")]


def kernel(version: str) -> Era:
    """Linux of that version: the commits above that it has."""
    return era(version, patches=[each for each in COMMITS if numbers(each.version) <= numbers(version)])


V4_5 = kernel("v4.5")
V4_8 = kernel("v4.8")
V4_10 = kernel("v4.10")
V4_12 = kernel("v4.12")
V4_13 = kernel("v4.13")
V4_15 = kernel("v4.15")
V4_14 = kernel("v4.14")
V4_18 = kernel("v4.18")
V4_16 = kernel("v4.16")
V4_19 = kernel("v4.19")
V4_20 = kernel("v4.20")
V5_4 = kernel("v5.4")
V5_5 = kernel("v5.5")
V5_6 = kernel("v5.6")
V5_0 = kernel("v5.0")
V5_13 = kernel("v5.13")
V5_14 = kernel("v5.14")
V5_15 = kernel("v5.15")
V5_17 = kernel("v5.17")
V5_18 = kernel("v5.18")
V5_8 = kernel("v5.8")
V5_10 = kernel("v5.10")
V5_12 = kernel("v5.12")
V6_0 = kernel("v6.0")
V6_2 = kernel("v6.2")
V6_4 = kernel("v6.4")
V6_5 = kernel("v6.5")
V5_7 = kernel("v5.7")
V5_19 = kernel("v5.19")
V6_9 = kernel("v6.9")
V6_10 = kernel("v6.10")
V6_11 = kernel("v6.11")
V6_14 = kernel("v6.14")
V6_15 = kernel("v6.15")
V6_19 = kernel("v6.19")
V7_0 = kernel("v7.0")
V6_1 = kernel("v6.1")
V6_8 = kernel("v6.8")
V6_17 = kernel("v6.17")
V6_6 = kernel("v6.6")
V6_18 = kernel("v6.18")
V7_1 = kernel("v7.1")

DISBAND_UNMAPS = patch(
    "huge-tmpfs-11", "huge tmpfs: disband split huge pmds on race or memory failure", version="2016, never merged"
)
HUGE_TMPFS = era("huge-tmpfs", patches=[DISBAND_UNMAPS])
V6_12 = kernel("v6.12")
