"""From requests to scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loader.conftest import WriteModel
from thpverify.loader.errors import LoadError, UsageError
from thpverify.loader.select import find, named, select
from thpverify.loader.shipped import Profile


def titles(*requests: str, variant: str | None = None) -> list[str]:
    return [named(s.name, s.variant) for s in select(requests, variant=variant).scenarios]


def test_a_file_gives_all_its_scenarios_once(write_model: WriteModel) -> None:
    file = str(write_model("a.py", "one", "two@x", "two@y"))
    assert titles(file) == ["one", "two@x", "two@y"]
    assert titles(file, file) == ["one", "two@x", "two@y"]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [("two", ["two@x", "two@y"]), ("two@y", ["two@y"]), ("t*", ["two@x", "two@y"]), ("one@", ["one"])],
)
def test_a_scenario_of_a_file(write_model: WriteModel, request_: str, expected: list[str]) -> None:
    file = write_model("b.py", "one", "two@x", "two@y")
    assert titles(f"{file}::{request_}") == expected


def test_a_variant_filters(write_model: WriteModel) -> None:
    file = str(write_model("c.py", "one@x", "two@x", "two@y"))
    assert titles(file, variant="x") == ["one@x", "two@x"]
    with pytest.raises(UsageError, match=r"no scenario has variant 'z'; there are: 'x', 'y'"):
        select([file], variant="z")


def test_a_directory_gives_every_file_and_names_the_broken_ones(write_model: WriteModel, tmp_path: Path) -> None:
    write_model("many/a.py", "a")
    write_model("many/deep/b.py", "b")
    (tmp_path / "many" / "broken.py").write_text("1 // 0\n")
    selection = select([str(tmp_path / "many")])
    assert [s.name for s in selection.scenarios] == ["a", "b"]
    assert len(selection.broken) == 1
    assert "broken.py:1" in selection.broken[0]


def test_what_is_not_there_is_told(write_model: WriteModel, tmp_path: Path) -> None:
    file = write_model("d.py", "collapse@v1")
    empty = write_model("empty.py")
    with pytest.raises(UsageError, match=r"unknown scenario 'colapse'; did you mean collapse\?"):
        select([f"{file}::colapse"])
    with pytest.raises(UsageError, match=r"scenario collapse has no variant 'v2'; there are: 'v1'"):
        select([f"{file}::collapse@v2"])
    with pytest.raises(LoadError, match=r"empty.py: no scenario in it"):
        select([str(empty)])
    with pytest.raises(LoadError, match="no such file"):
        select([str(tmp_path / "absent" / "model")])
    with pytest.raises(UsageError, match="unknown scenario 'no-such-scenario-anywhere'"):
        select(["no-such-scenario-anywhere"])


def test_one_name_in_two_files_cannot_be_checked_together(write_model: WriteModel) -> None:
    first, second = write_model("e.py", "same"), write_model("f.py", "same")
    with pytest.raises(UsageError, match=r"scenario same is declared at .*e\.py.* and at .*f\.py"):
        select([str(first), str(second)])


def test_the_default_is_what_is_shipped_without_the_large_ones() -> None:
    names = {s.name for s in select().scenarios}
    assert "bench-thp-S" in names
    assert "bench-thp-L" not in names
    assert names < {s.name for s in select(profile=Profile.ALL).scenarios}
    assert titles("bench-thp-L") == ["bench-thp-L"]


def test_find_wants_name_and_variant(write_model: WriteModel) -> None:
    file = write_model("g.py", "one@x")
    assert find("one", "x", file).variant == "x"
    with pytest.raises(UsageError, match="unknown scenario 'one'"):
        find("one", "", file)
    assert find("bench-thp-S", "").name == "bench-thp-S"


def test_profiles_part_the_shipped_scenarios() -> None:
    of = {profile: {s.title for s in select(profile=profile).scenarios} for profile in Profile}
    parts = [of[profile] for profile in Profile if profile is not Profile.ALL]
    assert all(parts) and all(title.startswith("deep-") for title in of[Profile.DEEP])
    assert sum(map(len, parts)) == len(set().union(*parts)) < len(of[Profile.ALL])
    assert set().union(*parts) < of[Profile.ALL]
