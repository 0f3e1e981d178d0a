"""Weakly ordered memory, as the kernel's memory model sees it: histories of messages and views of them.

Each location keeps every value that was ever written to it, in coherence order. A CPU reads any of them that is not
older than what it must know of; barriers, acquire and release, locks and RCU are what makes it know. A view is, for
each location, the number of the oldest message that may still be read. docs/litmus.md explains how this stands to
tools/memory-model, and how the accesses of one CPU come to run out of order.

A write takes any free place behind what its CPU knows of; so the coherence order need not be the order of execution.
"""

from thpverify.lang import Array, Bool, Constant, Int, atomic, choose, record

LOCATIONS = Constant("LOCATIONS", 1)
MESSAGES = Constant("MESSAGES", 2)  # per location: the initial value and one for each write
THREADS = Constant("NR_THREADS", 2)
LOCKS = Constant("LOCKS", 1)
READERS = Constant("RCU_READERS", 1)  # read-side critical sections, of all threads together
LOWEST = Constant("LOWEST_VALUE", 0)
HIGHEST = Constant("HIGHEST_VALUE", 1)

IN_ORDER = Constant("THREADS_IN_ORDER", 0)  # 1: for threads that make their accesses in program order, see smp_mb()


@record
class View:
    oldest: Array[LOCATIONS, Int[0, MESSAGES - 1]] = 0


@record
class Message:
    there: Bool = False
    value: Int[LOWEST, HIGHEST] = LOWEST
    view: View  # what whoever acquires it knows


@record
class Thread:
    seen: View  # the newest message that was read or written: later accesses to the same location stay behind it
    floor: View  # what its later accesses know
    read: View  # what it would know after smp_rmb()
    wrote: View  # its own writes
    carried: View  # what its later writes pass on
    released: View  # what it knew at its last spin_unlock()
    waits_for: Array[READERS, Bool]  # grace period: readers that were there when it began
    left: View  # ... and what those knew that had left, or have left since


@record
class Memory:
    location: Array[LOCATIONS, Array[MESSAGES, Message]]
    thread: Array[THREADS, Thread]
    fences: View  # what full barriers have made every later access of every thread know
    locked: Array[LOCKS, Bool]
    unlocked: Array[LOCKS, View]  # what the last holder of a lock knew
    reading: Array[READERS, Bool]
    readers: View  # what readers knew that have left


def start(m, x: int, value) -> None:
    """The initial value of location `x`."""
    m.location[x][0].there = True
    m.location[x][0].value = value


def join(view, other) -> None:
    """Let `view` know what `other` knows."""
    for x in range(LOCATIONS):
        view.oldest[x] = max(view.oldest[x], other.oldest[x])


def copy(view, other) -> None:
    """Make `view` the same as `other`."""
    for x in range(LOCATIONS):
        view.oldest[x] = other.oldest[x]


def known(m, t: int, x):
    """The oldest message of `x` that thread `t` may read."""
    return max(m.thread[t].seen.oldest[x], m.thread[t].floor.oldest[x], pushed(m, x))


def pushed(m, x):
    """The newest message of `x` that a full barrier has made known to all."""
    return 0 if IN_ORDER == 1 else m.fences.oldest[x]


def read(m, t: int, x, oldest):
    """A relaxed load of location `x`, of a message not older than `oldest`; its number."""
    k = choose(k for k in range(MESSAGES) if k >= oldest and m.location[x][k].there)
    observe(m, t, x, k)
    return k


def read_equal(m, t: int, x, oldest, value):
    """... of a message with this value."""
    k = choose(k for k in range(MESSAGES) if k >= oldest and m.location[x][k].there and m.location[x][k].value == value)
    observe(m, t, x, k)
    return k


def read_other(m, t: int, x, oldest, value):
    """... of a message with another value."""
    k = choose(k for k in range(MESSAGES) if k >= oldest and m.location[x][k].there and m.location[x][k].value != value)
    observe(m, t, x, k)
    return k


def observe(m, t: int, x, k) -> None:
    """Message `k` was read: coherence from now on, the rest with the next smp_rmb()."""
    atomic("one load; views are no memory")
    thread = m.thread[t]
    thread.seen.oldest[x] = k
    join(thread.read, m.location[x][k].view)
    thread.read.oldest[x] = max(thread.read.oldest[x], k)


def value_of(m, x, k):
    """What message `k` of location `x` says."""
    return m.location[x][k].value


def acquire(m, t: int, x, k) -> None:
    """The load of message `k` was an acquire: every later access knows what its writer released."""
    join(m.thread[t].floor, m.location[x][k].view)
    m.thread[t].floor.oldest[x] = max(m.thread[t].floor.oldest[x], k)


def write(m, t: int, x, value, oldest) -> None:
    """A relaxed store, behind message `oldest` of the same location."""
    append(m, t, x, free_place(m, x, oldest), value)


def free_place(m, x, oldest):
    """Where a store goes in coherence order: anywhere behind message `oldest`."""
    return choose(k for k in range(1, MESSAGES) if k > oldest and not m.location[x][k].there)


def append(m, t: int, x, k, value) -> None:
    """Store message `k`."""
    atomic("one store; views are no memory")
    thread = m.thread[t]
    message = m.location[x][k]
    message.there = True
    message.value = value
    join(message.view, thread.carried)
    message.view.oldest[x] = k
    thread.seen.oldest[x] = k
    thread.wrote.oldest[x] = k


def write_release(m, t: int, x, value) -> None:
    """smp_store_release(): who acquires it knows all that this thread knows."""
    thread = m.thread[t]
    k = free_place(m, x, max(all_known(thread, x), pushed(m, x)))
    append(m, t, x, k, value)
    tell_all(m.location[x][k].view, thread)


def all_known(thread, x):
    """The newest message of `x` that the thread has heard of."""
    return max(thread.seen.oldest[x], thread.floor.oldest[x], thread.read.oldest[x], thread.carried.oldest[x])


def tell_all(view, thread) -> None:
    """Let `view` know all that the thread knows."""
    atomic("one barrier or release; views are no memory")
    for x in range(LOCATIONS):
        view.oldest[x] = max(view.oldest[x], all_known(thread, x))


def update(m, t: int, x, k, value):
    """The write of an atomic read-modify-write that has read message `k`: it comes next in coherence order.

    It passes on what the message that it replaces told. Returns its number.
    """
    follows = choose(n for n in range(1, MESSAGES) if n == k + 1 and not m.location[x][n].there)
    append(m, t, x, follows, value)
    join(m.location[x][follows].view, m.location[x][k].view)
    return follows


def update_release(m, t: int, x, k, value) -> None:
    """The same as a release."""
    follows = update(m, t, x, k, value)
    tell_all(m.location[x][follows].view, m.thread[t])


def smp_rmb(m, t: int) -> None:
    """Later loads know what earlier loads were told."""
    join(m.thread[t].floor, m.thread[t].read)


def smp_wmb(m, t: int) -> None:
    """Later stores tell of earlier stores."""
    join(m.thread[t].carried, m.thread[t].wrote)


def smp_mb(m, t: int) -> None:
    """What the thread knows has reached every CPU before the thread goes on.

    A load of another thread that is made later cannot miss it; where it may run early it is made early. A thread that
    makes its loads in program order cannot do that, so with IN_ORDER only those that execute full barriers themselves
    know what was known at earlier ones.
    """
    thread = m.thread[t]
    tell_all(m.fences, thread)
    if IN_ORDER == 1:
        join(thread.floor, m.fences)
        join(thread.carried, m.fences)


def spin_lock(m, t: int, lock: int) -> None:
    """Take a free lock: later accesses know, and later stores tell, what the last holder knew, and what this thread
    itself knew when it last unlocked anything."""
    choose(i for i in range(1) if not m.locked[lock])
    atomic("one lock; views are no memory")
    thread = m.thread[t]
    m.locked[lock] = True
    for view in (m.unlocked[lock], thread.released):
        join(thread.floor, view)
        join(thread.carried, view)


def spin_unlock(m, t: int, lock: int) -> None:
    """Let it go."""
    m.locked[lock] = False
    tell_all(m.unlocked[lock], m.thread[t])
    copy(m.thread[t].released, m.unlocked[lock])


def rcu_read_lock(m, reader: int) -> None:
    """Every grace period that begins from now on waits for this reader.

    Each critical section is a reader of its own, since one may begin before accesses of the last are done.
    """
    m.reading[reader] = True


def rcu_read_unlock(m, t: int, reader: int) -> None:
    """Grace periods that wait for this reader, and all that begin later, know what it knew."""
    thread = m.thread[t]
    m.reading[reader] = False
    tell_all(m.readers, thread)
    for waiter in m.thread:
        if waiter.waits_for[reader]:
            waiter.waits_for[reader] = False
            tell_all(waiter.left, thread)


def begin_grace_period(m, t: int) -> None:
    """The first half of synchronize_rcu()."""
    smp_mb(m, t)
    copy(m.thread[t].left, m.readers)
    for reader in range(READERS):
        m.thread[t].waits_for[reader] = m.reading[reader]


def end_grace_period(m, t: int) -> None:
    """The second half, once the readers that were there have left: what they knew has reached every CPU, too."""
    choose(i for i in range(1) if not any(m.thread[t].waits_for[j] for j in range(READERS)))
    join(m.fences, m.thread[t].left)
    smp_mb(m, t)


def final(m, x):
    """The last value of location `x` in coherence order."""
    value = m.location[x][0].value
    for k in range(1, MESSAGES):
        if m.location[x][k].there:
            value = m.location[x][k].value
    return value


def read_once(m, t: int, x):
    """READ_ONCE() for a thread that runs in program order: its value."""
    return value_of(m, x, read(m, t, x, known(m, t, x)))


def load_acquire(m, t: int, x):
    """smp_load_acquire() for a thread that runs in program order: its value."""
    k = read(m, t, x, known(m, t, x))
    acquire(m, t, x, k)
    return value_of(m, x, k)


def write_once(m, t: int, x, value) -> None:
    """WRITE_ONCE() for a thread that runs in program order."""
    write(m, t, x, value, known(m, t, x))
