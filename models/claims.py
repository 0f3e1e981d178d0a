"""The claims of the mail this project began with, and what verdicts each answer needs."""

from models.proof.cost import TABLE
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
            evidence(PAGECACHE, "v4.8-127393fbe597", LEVEL, "violated", "the quoted test, on tmpfs"),
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
            evidence(PAGECACHE, "v4.8", "kvm_maps_2m", "violated", "as merged: tmpfs is never mapped 2M"),
            evidence(PAGECACHE, "v5.4", "kvm_maps_2m", "holds", "since 169226f7e0d2 it is"),
            evidence(PAGECACHE, "v5.4", LEVEL, "holds", "soundly, while one process maps the page"),
            evidence(f"{PAGECACHE}-two", "v5.4", LEVEL, "violated", "and unsoundly with a second one"),
            evidence(f"{PAGECACHE}-two", "v5.6", LEVEL, "holds", "the walk of the process's page table is sound"),
            evidence(f"{PAGECACHE}-two", "v5.6", "kvm_maps_2m", "holds", "and maps 2M"),
        ),
        answer(
            "It just works: the quoted test never maps more than the process does, on anonymous memory and on tmpfs.",
            evidence(ADJUST, "v4.5", LEVEL, "holds", "the quoted test on anonymous memory"),
            evidence(PAGECACHE, "v4.8-127393fbe597", LEVEL, "holds", "the quoted test on tmpfs"),
            evidence(PAGECACHE, "v4.8-127393fbe597", "kvm_maps_2m", "holds", "and it maps 2M there"),
        ),
    ],
)

ARM_ADJUST = "kvm-thp-adjust-pte-split-arm64"
ARM_PAGECACHE = "kvm-thp-map-pagecache-arm64"
QUOTED = "v4.8-127393fbe597"

claim(
    "1",
    architecture="ARM64",
    source=MAIL,
    statement="The same of KVM on ARM64, whose `transparent_hugepage_adjust()` has the same bare test.",
    answers=[
        answer(
            "As on x86-64, minor changes were needed, and for longer. The bare test is unsound for anonymous memory "
            "and too large, but harmless, on tmpfs with share=on; with the fix of v4.6 tmpfs is never mapped 2M; the "
            "counter test of v5.4 is sound while one process maps the page, and it stayed in use until v5.14. Asking "
            "the process's own page table (v5.15) is sound.",
            evidence(ARM_ADJUST, "v4.5", LEVEL, "violated", "the bare test, on anonymous memory"),
            evidence(f"{ARM_ADJUST}-data", "v4.5", DATA, "violated", "the guest then reads what the process has not"),
            evidence(ARM_ADJUST, "v4.5+127393fbe597", LEVEL, "holds", "with 127393fbe597 it does not"),
            evidence(ARM_ADJUST, "v4.5+127393fbe597", "kvm_maps_2m", "holds", "and anonymous memory is mapped 2M"),
            evidence(f"{ARM_PAGECACHE}-one", QUOTED, LEVEL, "violated", "the bare test, on tmpfs"),
            evidence(f"{ARM_PAGECACHE}-one-shared-data", QUOTED, DATA, "holds", "which harms no data with share=on"),
            evidence(f"{ARM_PAGECACHE}-one-private-data", QUOTED, DATA, "violated", "but does with share=off"),
            evidence(f"{ARM_PAGECACHE}-one", "v4.8", "kvm_maps_2m", "violated", "as merged: tmpfs is never mapped 2M"),
            evidence(f"{ARM_PAGECACHE}-one", "v5.4", "kvm_maps_2m", "holds", "since 169226f7e0d2 it is"),
            evidence(f"{ARM_PAGECACHE}-one", "v5.4", LEVEL, "holds", "soundly, while one process maps the page"),
            evidence(f"{ARM_PAGECACHE}-two", "v5.14", LEVEL, "violated", "and unsoundly with a second one, for long"),
            evidence(f"{ARM_PAGECACHE}-two", "v5.15", LEVEL, "holds", "the walk of the process's page table is sound"),
            evidence(f"{ARM_PAGECACHE}-two", "v5.15", "kvm_maps_2m", "holds", "and maps 2M"),
        ),
    ],
)

TEAM = "kvm-team"

claim(
    "2",
    architecture="x86-64",
    source=MAIL,
    statement=(
        "One model of huge pages, compound pages for anonymous memory and tmpfs alike, keeps KVM simple: one test "
        "serves both. Team pages beside compound pages would need a test of their own."
    ),
    answers=[
        answer(
            "Half true. Team pages do need a test of their own as long as KVM looks at the page: the test for compound "
            "pages never maps a team 2M, the same test with the other flag maps too much, and so does the posted test "
            "without its walk of the page table. But one model did not spare KVM the second test: what is right for an "
            "anonymous compound page never maps a compound page of tmpfs. What serves everything is to ask the page "
            "table of the process (v5.6), and that serves team pages as well as compound ones.",
            evidence(
                f"{TEAM}-punch-hole", "PageTransCompound", "kvm_maps_2m", "violated", "compound's test, on a team"
            ),
            evidence(f"{TEAM}-punch-hole", "PageTeam", LEVEL, "violated", "the same with the flag of teams"),
            evidence(f"{TEAM}-shared", "no walk", LEVEL, "violated", "the posted test without its walk"),
            evidence(f"{TEAM}-punch-hole", "huge-tmpfs", LEVEL, "holds", "the test that was posted"),
            evidence(f"{TEAM}-shared", "huge-tmpfs", LEVEL, "holds", "also when a second process maps the team"),
            evidence(f"{TEAM}-punch-hole", "huge-tmpfs", "kvm_maps_2m", "holds", "and it maps 2M"),
            evidence(ADJUST, "v4.5+127393fbe597", LEVEL, "holds", "one test for compound pages: right for anonymous"),
            evidence(PAGECACHE, "v4.8", "kvm_maps_2m", "violated", "but on tmpfs it never maps 2M"),
            evidence(f"{PAGECACHE}-two", "v5.6", LEVEL, "holds", "the walk alone, on compound pages"),
            evidence(f"{PAGECACHE}-two", "v5.6", "kvm_maps_2m", "holds", "and it maps 2M"),
            evidence(f"{TEAM}-shared", "host walk only", LEVEL, "holds", "the walk alone, on team pages"),
            evidence(f"{TEAM}-punch-hole", "host walk only", LEVEL, "holds", "also while the team is disbanded"),
            evidence(f"{TEAM}-shared", "host walk only", "kvm_maps_2m", "holds", "and it maps 2M"),
        ),
        answer(
            "True: one test serves anonymous memory and tmpfs, and team pages need another.",
            evidence(
                f"{TEAM}-punch-hole", "PageTransCompound", "kvm_maps_2m", "violated", "compound's test, on a team"
            ),
            evidence(ADJUST, "v4.5+127393fbe597", LEVEL, "holds", "one test, right for anonymous memory"),
            evidence(PAGECACHE, "v4.8", "kvm_maps_2m", "holds", "and for tmpfs"),
        ),
    ],
)

claim(
    "2",
    architecture="ARM64",
    source=MAIL,
    statement="The same of KVM on ARM64. (The series with team pages had a test for x86 only.)",
    answers=[
        answer(
            "As on x86-64. The series left ARM64 the test for compound pages, which never maps a team 2M; the test "
            "that it has for x86 is right there too, and too large without its walk. But one model of huge pages did "
            "not spare a second test: the one that is right for anonymous memory never maps tmpfs 2M, the second one "
            "is unsound with two processes. The page table of the process (v5.15) answers for all, teams included.",
            evidence(ARM_ADJUST, "v4.5+127393fbe597", LEVEL, "holds", "one test, right for anonymous memory"),
            evidence(f"{ARM_PAGECACHE}-one", "v4.8", "kvm_maps_2m", "violated", "on tmpfs it never maps 2M"),
            evidence(f"{ARM_PAGECACHE}-two", "v5.14", LEVEL, "violated", "the second test, for tmpfs"),
            evidence(f"{ARM_PAGECACHE}-two", "v5.15", LEVEL, "holds", "the walk"),
            evidence(f"{ARM_PAGECACHE}-two", "v5.15", "kvm_maps_2m", "holds", "and it maps 2M"),
            evidence(
                f"{TEAM}-punch-hole-arm64", "PageTransCompound", "kvm_maps_2m", "violated", "compound's test, on a team"
            ),
            evidence(f"{TEAM}-punch-hole-arm64", "PageTeam", LEVEL, "violated", "the same with the flag of teams"),
            evidence(f"{TEAM}-shared-arm64", "no walk", LEVEL, "violated", "the test for x86 without its walk"),
            evidence(f"{TEAM}-punch-hole-arm64", "huge-tmpfs", LEVEL, "holds", "the test for x86"),
            evidence(f"{TEAM}-shared-arm64", "huge-tmpfs", LEVEL, "holds", "also with a second process"),
            evidence(f"{TEAM}-shared-arm64", "huge-tmpfs", "kvm_maps_2m", "holds", "and it maps 2M"),
            evidence(f"{TEAM}-shared-arm64", "host walk only", LEVEL, "holds", "the walk alone, on team pages"),
            evidence(f"{TEAM}-shared-arm64", "host walk only", "kvm_maps_2m", "holds", "and it maps 2M"),
        ),
        answer(
            "True: one test serves anonymous memory and tmpfs, and team pages need another.",
            evidence(
                f"{TEAM}-punch-hole-arm64", "PageTransCompound", "kvm_maps_2m", "violated", "compound's test, on a team"
            ),
            evidence(ARM_ADJUST, "v4.5+127393fbe597", LEVEL, "holds", "one test, right for anonymous memory"),
            evidence(f"{ARM_PAGECACHE}-one", "v4.8", "kvm_maps_2m", "holds", "and for tmpfs"),
        ),
    ],
)

claim(
    "3",
    architecture="any",
    source=MAIL,
    statement="Compound refcounting needs one atomic per mapping of a huge page, instead of 512.",
    answers=[
        answer(
            "True of anonymous pages when they are mapped, and of nothing else that was merged then. Mapping an "
            "anonymous huge page by PMD is one atomic of the rmap since v4.5; unmapping it is up to N + 2 if PTEs map "
            "it as well, and splitting its PMD up to 3N + 3. Shmem as merged in v4.8 changes the mapcount of every "
            "subpage for a PMD: N + 1, one more than N small pages. It is a constant for both since v6.2: 2, 3 from "
            "v6.10 on, and 2 with mm_ids and no page mapcounts; team pages had 2 in 2016, but 2N - 1 for a split.",
            evidence("cost-anon-map-pmd", "v4.5", "at_most_1", "holds", "anonymous, mapped by PMD"),
            evidence("cost-anon-unmap-pmd", "v4.5-less", "at_most_n_plus_1", "violated", "unmapped, with a bias"),
            evidence("cost-shmem-map-pmd", "v4.8", "at_most_n_plus_1", "holds", "shmem as merged, mapped by PMD"),
            evidence("cost-shmem-map-pmd", "v4.8-less", "at_most_n", "violated", "not even N are enough"),
            evidence("cost-small-map-all", "small", "at_most_n", "holds", "as N small pages have it"),
            evidence("cost-folio-map-pmd", "v6.2", "at_most_2", "holds", "v6.2, mapped by PMD"),
            evidence("cost-folio-map-pmd", "v6.12", "at_most_3", "holds", "v6.12, mapped by PMD"),
            evidence("cost-folio-map-pmd", "v6.15", "at_most_2", "holds", "with mm_ids"),
            evidence("cost-team-map-pmd", "teams", "at_most_2", "holds", "team pages"),
        ),
        answer(
            "True: one atomic maps a huge page, anonymous or of a file.",
            evidence("cost-anon-map-pmd", "v4.5", "at_most_1", "holds", "anonymous, mapped by PMD"),
            evidence("cost-shmem-map-pmd", "v4.8-less", "at_most_n", "holds", "shmem as merged"),
        ),
    ],
    table=TABLE,
    table_says=(
        "Atomics of the rmap in the worst case, N = HPAGE_PMD_NR; each bound is proved for every N from 2 to 2^20, and "
        "the next lower one has a counterexample. A split of a shmem PMD is an unmap; references are not counted "
        "(models/cost/counters.py)."
    ),
)
claim(
    "4",
    architecture="x86-64 and ARM64 (common code)",
    source=MAIL,
    statement="With compound pages, khugepaged and split_huge_page() are shared by anonymous memory and tmpfs.",
    answers=[
        answer(
            "True of split_huge_page(): one implementation serves both, all equations hold on both, and its bugs are "
            "bugs of both; only the PMD is treated apart. Not true of khugepaged: the collapse of a file is a second "
            "implementation, with bugs that anonymous memory never had, as that one has had its own. Team pages need "
            "neither a split nor a freeze: a team is disbanded by its flags.",
            evidence("mm-anon-split-page", "v4.8", "refcount_equation", "holds", "the split, on an anonymous page"),
            evidence("mm-anon-split-page", "v4.8", "page_is_split", "holds", "which does get split"),
            evidence("mm-shmem-split-page", "v4.8", "refcount_equation", "holds", "the same thread, on tmpfs"),
            evidence("mm-shmem-split-page", "v4.8", "mapcount_equation", "holds", "with its mapcounts"),
            evidence("mm-shmem-split-page", "v4.8", "page_is_split", "holds", "which does get split"),
            evidence("kvm-thp-map-split-page", "v4.8", LEVEL, "violated", "a bug of the shared code, anonymous"),
            evidence("kvm-thp-map-split-page-shmem", "v4.8", LEVEL, "violated", "and the same on tmpfs"),
            evidence(
                "mm-anon-collapse", "v6.0", "page_in_use_is_not_collapsed", "holds", "collapse of anonymous memory"
            ),
            evidence(
                "mm-anon-collapse-arm64",
                "v6.0",
                "page_in_use_is_not_collapsed",
                "violated",
                "which went wrong where GUP is not held back by IPIs",
            ),
            evidence(
                "khugepaged-file-no-notifier", "v5.6", "secondary_has_primary", "violated", "a bug of the file's path"
            ),
            evidence(
                "collapse-shmem-refill-punched",
                "v4.20-701270fa193a",
                "an_emptied_extent_stays_empty",
                "violated",
                "another, in collapse_shmem()",
            ),
            evidence(
                "khugepaged-retract-locks",
                "v5.4",
                "no_freed_page_table_is_used",
                "violated",
                "and one in retract_page_tables()",
            ),
            evidence("mm-team-punch-hole", "huge-tmpfs", "team_refcount_equation", "holds", "a team, disbanded"),
            evidence("mm-team-punch-hole", "huge-tmpfs", "team_is_disbanded", "holds", "which does happen"),
        ),
    ],
)

claim(
    "5",
    architecture="ARM64",
    source=MAIL,
    statement="What is said of x86 is said of ARM64 too: huge pages in tmpfs for its virtual machines, safely.",
    answers=[
        answer(
            "True, with the level test of v5.15, and after what x86 does not need: a block may not replace a table of "
            "PTEs without unmapping it first (until v5.0 it did: both stood in the TLBs), and a block may be split "
            "only under the lock for writing. While dirty pages are logged a hole is left (docs/findings.md, 5).",
            evidence(
                f"{ARM_PAGECACHE}-two", "v5.15", LEVEL, "holds", "tmpfs is mapped no larger than the process does"
            ),
            evidence(f"{ARM_PAGECACHE}-two", "v5.15", "kvm_maps_2m", "holds", "and is mapped 2M"),
            evidence(
                "arm64-s2-block-over-table",
                "v4.8",
                "no_conflicting_translations",
                "violated",
                "a block over a table, until v5.0",
            ),
            evidence(
                "arm64-s2-block-over-table",
                "v4.8+3c3736cd32bf",
                "no_conflicting_translations",
                "holds",
                "unmapped first, since v5.1",
            ),
            evidence(
                "arm64-s2-split-write-lock",
                "v5.18",
                "no_valid_entry_is_overwritten",
                "violated",
                "a block split under the lock for reading, v5.18",
            ),
            evidence(
                "arm64-s2-split-write-lock",
                "v5.18+f587661f21eb",
                "no_valid_entry_is_overwritten",
                "holds",
                "and under the lock for writing",
            ),
            evidence(
                "arm64-dirty-log", "v5.15", "what_can_be_written_is_logged", "violated", "a write that is not logged"
            ),
        ),
    ],
)
