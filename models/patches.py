"""The commits that the models ask for, and the kernel versions as sets of them."""

from thpverify.lang import era, patch

COMPOUND_MAP = patch("127393fbe597", "mm: thp: kvm: fix memory corruption in KVM with THP enabled", version="v4.6")
UNMAP_RANGE = patch("369ea8242c0f", "mm/rmap: update to new mmu_notifier semantic", version="v4.13")
PAGECACHE_MAP = patch(
    "169226f7e0d2", "mm: thp: handle page cache THP correctly in PageTransCompoundMap", version="v5.4"
)
HOST_WALK = patch("db5432165e9b", "KVM: x86/mmu: Walk host page tables to find THP mappings", version="v5.6")
FILE_NOTIFIER = patch(
    "f268f6cf875f", "mm/khugepaged: invoke MMU notifiers in shmem/file collapse paths", version="v6.1"
)

V4_5 = era("v4.5")
V4_8 = era("v4.8", patches=[COMPOUND_MAP])
V5_4 = era("v5.4", patches=[COMPOUND_MAP, UNMAP_RANGE, PAGECACHE_MAP])
V5_6 = era("v5.6", patches=[COMPOUND_MAP, UNMAP_RANGE, PAGECACHE_MAP, HOST_WALK])
V6_1 = era("v6.1", patches=[COMPOUND_MAP, UNMAP_RANGE, PAGECACHE_MAP, HOST_WALK, FILE_NOTIFIER])
