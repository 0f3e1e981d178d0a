"""ARM64: TLBI by range (FEAT_TLBIRANGE, Arm ARM D8.17) and the loop that makes operands for it, v6.8 to v6.12.

An operand names (NUM + 1) << (5 * SCALE + 1) pages, with NUM from 0 to 31 and SCALE from 0 to 3. The range is told as
a number of 4K pages from its start on; what is asked is whether the instructions cover it, so there are no TLBs here.
"""

from models.patches import TLBI_RANGE_NUM
from thpverify.lang import Bool, Ghost, Int, choose, record, thread

MAX_PAGES = 32 << 16
"""MAX_TLBI_RANGE_PAGES: the largest range that one instruction can name, 8 GiB; callers flush no more at once."""

UNITS = (1 << 1, 1 << 6, 1 << 11, 1 << 16)
"""How many pages one step of NUM is worth, by SCALE."""

DIGITS = (0, 1, 30, 31)


@record
class Range:
    pages: Int[0, MAX_PAGES] = 0
    covered: Ghost[Int[0, MAX_PAGES]] = 0
    done: Ghost[Bool] = False


def any_range(s: Range) -> None:
    """Set up: the largest range, or one whose digits, one for each SCALE, are at the ends of what NUM can say."""
    if choose((False, True)):
        s.pages = MAX_PAGES
    else:
        odd, a, b, c, d = choose(
            (odd, a, b, c, d) for odd in range(2) for a in DIGITS for b in DIGITS for c in DIGITS for d in DIGITS
        )
        s.pages = odd + a * UNITS[0] + b * UNITS[1] + c * UNITS[2] + d * UNITS[3]


@thread
def flush_tlb_range_op(s: Range):
    """__flush_tlb_range_op(), arch/arm64/include/asm/tlbflush.h.

    Below SCALE 0 the operand's fields mean nothing; the loop is left there, and the rest of the range counts as not
    invalidated.
    """
    left: Int[0, MAX_PAGES] = s.pages
    for step in range(4):
        scale = 3 - step
        if left % 2 == 1:
            s.covered += 1
            left -= 1
            yield "TLBI VAE1IS"
        num = range_num(left, unit_of(scale))
        if num >= 0:
            s.covered += (num + 1) * unit_of(scale)
            left -= (num + 1) * unit_of(scale)
            yield "TLBI RVAE1IS"
    s.done = True
    yield "return"


def unit_of(scale):
    """How many pages one step of NUM is worth."""
    if scale == 3:
        return UNITS[3]
    if scale == 2:
        return UNITS[2]
    if scale == 1:
        return UNITS[1]
    return UNITS[0]


def range_num(pages, unit):
    """__TLBI_RANGE_NUM(): what to write as NUM, or -1 for nothing at this scale.

    The kernel takes the minimum of pages, before it divides; that is the same.
    """
    if TLBI_RANGE_NUM.applied:
        return min(pages // unit, 32) - 1
    return pages // unit % 32 - 1
