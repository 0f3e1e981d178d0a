"""The claims of the mail this project began with, and what verdicts each answer needs."""

from thpverify.lang import answer, claim, evidence

MAIL = (
    'Andrea Arcangeli, 19 April 2016, on Kirill Shutemov\'s "THP-enabled tmpfs/shmem using compound pages"; '
    "the claim is given in short"
)

LEVEL = "secondary_level_not_above_primary"
DATA = "guest_and_host_read_the_same_data"
ADJUST = "kvm-thp-adjust-pte-split"
PAGECACHE = "kvm-thp-map-pagecache"

claim(
    "1",
    architecture="x86-64",
    source=MAIL,
    statement=(
        "Compound-page THP in tmpfs may just work with KVM on `qemu -machine accel=kvm -mem-path=/dev/shm,share=on`, "
        "or need minor changes, because KVM's `transparent_hugepage_adjust()` (with its bare `PageTransCompound` test) "
        "already knows the model from anonymous memory."
    ),
    answers=[
        answer(
            "Minor changes were needed, and the reason given is wrong. The quoted test was unsound for anonymous "
            "memory already: after a PMD split it maps 2M over small mappings, and guest and process read different "
            "data. On tmpfs with share=on the same test is too large as well, but harms no data. With the fix for "
            "anonymous memory (v4.6) KVM never maps tmpfs huge; the counter test of v5.4 does, and is sound only while "
            "one process maps the page; asking the process's own page table (v5.6) is sound.",
            evidence(ADJUST, "v4.5", LEVEL, "violated", "the quoted test maps 2M over an anonymous page mapped by PTE"),
            evidence(f"{ADJUST}-data", "v4.5", DATA, "violated", "the guest then reads what the process no longer has"),
            evidence(ADJUST, "v4.5+127393fbe597", LEVEL, "holds", "with 127393fbe597 it does not"),
            evidence(ADJUST, "v4.5+127393fbe597", "kvm_maps_2m", "holds", "and anonymous memory is still mapped 2M"),
            evidence(f"{PAGECACHE}-one", "v4.8-127393fbe597", LEVEL, "violated", "the quoted test, on tmpfs"),
            evidence(
                f"{PAGECACHE}-one-shared-data",
                "v4.8-127393fbe597",
                DATA,
                "holds",
                "but in a shared mapping an address always gets the same page back",
            ),
            evidence(
                f"{PAGECACHE}-one-private-data",
                "v4.8-127393fbe597",
                DATA,
                "violated",
                "which a private mapping (share=off) does not",
            ),
            evidence(f"{PAGECACHE}-one", "v4.8", "kvm_maps_2m", "violated", "as merged: tmpfs is never mapped 2M"),
            evidence(f"{PAGECACHE}-one", "v5.4", "kvm_maps_2m", "holds", "since 169226f7e0d2 it is"),
            evidence(f"{PAGECACHE}-one", "v5.4", LEVEL, "holds", "soundly, while one process maps the page"),
            evidence(f"{PAGECACHE}-two", "v5.4", LEVEL, "violated", "and unsoundly with a second one"),
            evidence(f"{PAGECACHE}-two", "v5.6", LEVEL, "holds", "the walk of the process's page table is sound"),
            evidence(f"{PAGECACHE}-two", "v5.6", "kvm_maps_2m", "holds", "and maps 2M"),
        ),
        answer(
            "It just works: the quoted test never maps more than the process does, on anonymous memory and on tmpfs.",
            evidence(ADJUST, "v4.5", LEVEL, "holds", "the quoted test on anonymous memory"),
            evidence(f"{PAGECACHE}-one", "v4.8-127393fbe597", LEVEL, "holds", "the quoted test on tmpfs"),
            evidence(f"{PAGECACHE}-one", "v4.8-127393fbe597", "kvm_maps_2m", "holds", "and it maps 2M there"),
        ),
    ],
)
