"""The process's page table, walked by KVM."""

from models.kvm.host_walk import fault, zap_collapsible
from thpverify.lang import at, invariant, reachable


@invariant(code="PTUAF")
def walked_table_is_not_freed(s) -> bool:
    """Between the read of an entry and that of the table which it leads to, the table's page is not given back."""
    return not s.freed or not any(walker.reads for walker in s.walker)


@reachable
def fault_walks(s) -> bool:
    """A fault passes the retry check and walks."""
    return at(fault[0], "upper entry read") and s.walker[0].reads


@reachable
def recovery_walks(s) -> bool:
    """The end of dirty logging walks."""
    return at(zap_collapsible[0], "upper entry read") and s.walker[1].reads


@reachable
def table_is_freed(s) -> bool:
    """The table's page is given back."""
    return s.freed
