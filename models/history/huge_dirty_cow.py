"""huge-dirty-cow: a forced write goes to the huge zero page, since a mere read made its entry dirty (a8f97366452e)."""

from models.mm.gup_force import discard, read_touching, write_forced
from models.mm.huge_pmd import HugePmd, mapped, read_fault
from models.patches import TOUCH_CLEAN, V4_14
from properties.huge_pmd import forced_write_succeeds, huge_zero_page_stays_zero
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "huge-dirty-cow",
    fix=TOUCH_CLEAN,
    introduced="v4.10",
    cve="CVE-2017-1000405",
    invariants=["COW", "DATA"],
    breaks="A process writes to the huge zero page, which every process reads its zeroes from.",
)

FORCED = {
    "state": HugePmd,
    "threads": [write_forced(), read_touching(), discard(), read_fault()],
    "initial": mapped,
    "era": V4_14,
}
PROPERTIES = [huge_zero_page_stays_zero, forced_write_succeeds]

scenario("huge-dirty-cow", properties=PROPERTIES, expect=violates("huge_zero_page_stays_zero"), **FORCED)
scenario("huge-dirty-cow", properties=PROPERTIES, patches=[TOUCH_CLEAN], **FORCED)
