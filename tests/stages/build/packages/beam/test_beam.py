"""Mix, rebar3 and Gleam."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from secloop.model.coverage import Partial, Skipped
from stages.build.reading import component, components, gaps, pins

INNER, OUTER = "ab" * 32, "cd" * 32
MIX = f"""%{{
  "plug": {{:hex, :plug, "1.11.1", "{INNER}", [:mix], [MIME, MORE], "hexpm", "{OUTER}"}},
  "mime": {{:hex, :mime, "1.5.0", "{INNER}", [:mix], [], "acme", "{OUTER}"}},
  "telemetry": {{:hex, :telemetry, "0.4.3", "{INNER}", [:rebar3], [], "hexpm", "{OUTER}"}},
  "fork": {{:git, "https://me:word@git.example.org/fork.git", "0123abc", [branch: "x"]}},
}}
""".replace("MIME", '{:mime, "~> 1.0", [hex: :mime, optional: false]}').replace(
    "MORE", '{:telemetry, "~> 0.4", [hex: :telemetry, repo: "hexpm", optional: true]}'
)
EXS = """defmodule Shop.MixProject do
  def project, do: [app: :shop, deps: deps()]

  defp deps do
    [
      {:plug, "~> 1.11"},
      {:exact, "== 1.2.3"},
      # {:off, "~> 1.0"},
      {:tester, ">= 0.0.0", only: [:dev, :test], runtime: false},
      {:fork, git: "https://git.example.org/fork.git", ref: "0123abc"},
      {:here, path: "../here"}
    ]
  end

  defp other do
    [{:no, "1.0"}]
  end
end
"""
REBAR = f"""{{"1.2.0",
[{{<<"cowboy">>,{{pkg,<<"cowboy">>,<<"2.9.0">>}},0}},
 {{<<"ranch">>,{{pkg,<<"ranch">>,<<"1.8.0">>}},1}},
 {{<<"fork">>,{{git,"https://git.example.org/fork.git",{{ref,"0123abc"}}}},0}}]}}.
[
{{pkg_hash,[
 {{<<"cowboy">>, <<"{INNER.upper()}">>}}]}},
{{pkg_hash_ext,[
 {{<<"cowboy">>, <<"{OUTER.upper()}">>}}]}}
].
"""
MANIFEST = """packages = [
  { name = "lustre", version = "4.0.0", build_tools = ["gleam"], requirements = ["gleam_stdlib"], SUM },
  { name = "gleam_stdlib", version = "0.34.0", build_tools = ["gleam"], requirements = [], source = "hex" },
]
""".replace("SUM", f'source = "hex", outer_checksum = "{OUTER.upper()}"')
GLEAM = """name = "shop"
[dependencies]
lustre = ">= 4.0.0 and < 5.0.0"
here = { path = "../here" }
[dev-dependencies]
gleeunit = "1.0.0"
"""


def test_mix_lock_has_edges_origins_and_hashes() -> None:
    plug = component({"mix.lock": MIX}, "plug")
    assert (plug.version, plug.line, plug.hashes) == ("1.11.1", 2, (f"sha256:{OUTER}",))
    assert plug.needs == ("pkg:hex/mime@1.5.0",)
    assert component({"mix.lock": MIX}, "mime").origin == "acme"
    assert component({"mix.lock": MIX}, "fork").origin == "https://git.example.org/fork.git#0123abc"


def test_mix_exs_makes_packages_of_the_lock_direct() -> None:
    files = {"mix.lock": MIX, "mix.exs": EXS}
    assert component(files, "plug").direct
    assert component(files, "mime").via == ("plug",)


def test_literal_wishes_of_mix_exs() -> None:
    found = {c.name: (c.version, c.constraint, c.scope, c.line) for c in components({"mix.exs": EXS})}
    assert found == {
        "plug": ("", "~> 1.11", "runtime", 6),
        "exact": ("1.2.3", "", "runtime", 7),
        "tester": ("", ">= 0.0.0", "test", 9),
        "fork": ("", "", "runtime", 10),
    }


def test_rebar_lock_has_levels_and_hashes() -> None:
    found = {c.name: (c.version, c.direct, c.line) for c in components({"rebar.lock": REBAR})}
    assert found == {"cowboy": ("2.9.0", True, 2), "ranch": ("1.8.0", False, 3), "fork": ("", True, 4)}
    assert component({"rebar.lock": REBAR}, "cowboy").hashes == (f"sha256:{OUTER}",)


def test_gleam_reads_its_manifest_and_wishes() -> None:
    files = {"manifest.toml": MANIFEST, "gleam.toml": GLEAM}
    assert component(files, "lustre").direct
    assert component(files, "gleam_stdlib").via == ("lustre",)
    assert component(files, "lustre").hashes == (f"sha256:{OUTER}",)
    assert component(files, "gleam_stdlib").line == 3
    assert component(files, "gleeunit").scope == "dev"
    assert component({"gleam.toml": GLEAM}, "lustre").constraint == ">= 4.0.0 and < 5.0.0"


def test_a_manifest_of_another_tool_is_nothing() -> None:
    assert gaps({"manifest.toml": "not = = toml"}) == []


def test_a_broken_line_costs_itself_only_and_a_broken_file_is_skipped() -> None:
    (gap,) = gaps({"mix.lock": MIX.replace('"mime": {:hex', '"mime": {hex')})
    assert isinstance(gap, Partial)
    assert "plug" in pins({"mix.lock": MIX.replace('"mime": {:hex', '"mime": {hex')})
    for path in ("mix.lock", "rebar.lock", "gleam.toml"):
        (gap,) = gaps({path: "something else"})
        assert isinstance(gap, Skipped)


@given(st.binary(max_size=200), st.sampled_from(["mix.lock", "mix.exs", "rebar.lock", "gleam.toml"]))
def test_no_bytes_raise(data: bytes, path: str) -> None:
    components({path: data})
