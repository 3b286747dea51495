"""What ./release puts into its folder, save the compilation."""

import io
import json
import os
import runpy
import subprocess
import tarfile
import zipfile

import pytest

from template import PACKAGED, ROOT

# How this run of cargo chooses features is not how a release is built.
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("CARGO_RESOLVER_", "CARGO_UNSTABLE_"))}
RELEASE = runpy.run_path(str(ROOT / "release"))


@pytest.fixture(scope="module")
def metadata():
    done = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked", "--offline"], cwd=ROOT, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def test_every_function_is_released_under_the_name_that_the_template_deploys():
    template = PACKAGED.read_text(encoding="utf-8")
    assert RELEASE["FUNCTIONS"]
    for name in RELEASE["FUNCTIONS"]:
        assert f"keytrail-{name}-${{Architecture}}.zip" in template, name


def test_a_zip_holds_one_program_and_is_the_same_every_time(tmp_path):
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    for path in (one, two):
        RELEASE["put_zip"](path, b"\x7fELF")
    assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(one) as file:
        (entry,) = file.infolist()
        assert (entry.filename, entry.external_attr >> 16, file.read(entry)) == ("bootstrap", 0o755, b"\x7fELF")


def test_an_archive_is_the_same_every_time_and_says_what_may_be_run(tmp_path):
    files = {"keytrail/keytrail": (b"\x7fELF", 0o755), "keytrail/LICENSE": (b"text", 0o644)}
    one, two = tmp_path / "a.tar.gz", tmp_path / "b.tar.gz"
    RELEASE["put_archive"](one, files)
    RELEASE["put_archive"](two, dict(reversed(files.items())))
    assert one.read_bytes() == two.read_bytes()
    with tarfile.open(one) as archive:
        modes = {it.name: it.mode for it in archive.getmembers()}
        assert modes == {"keytrail/keytrail": 0o755, "keytrail/LICENSE": 0o644}


@pytest.mark.parametrize("package", ["keytrail", *(f"keytrail-{name}" for name in RELEASE["FUNCTIONS"])])
def test_what_it_is_made_of_is_what_cargo_builds_into_it(metadata, package):
    bom = RELEASE["materials"](metadata, package)
    tree = subprocess.run(
        ["cargo", "tree", "--offline", "--locked", "-p", package, "-e", "normal", "--target", "all", "--prefix", "none",
         "--format", "{p}"],
        cwd=ROOT, env=PLAIN, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    built = {tuple(line.split(" ")[:2]) for line in tree.splitlines() if line}
    told = {(it["name"], f"v{it['version']}") for it in [*bom["components"], bom["metadata"]["component"]]}
    # Cargo's metadata has the features of the whole workspace together: what one package alone would leave out is told too.
    assert built <= told, built - told
    references = {it["bom-ref"] for it in bom["components"]} | {bom["metadata"]["component"]["bom-ref"]}
    assert all(it["ref"] in references and set(it["dependsOn"]) <= references for it in bom["dependencies"])
    assert not {"insta", "proptest"} & {it["name"] for it in bom["components"]}
    assert all("licenses" in it for it in bom["components"]), "a crate without a licence"


def test_checksums_are_those_that_sha256sum_checks(tmp_path):
    for name, content in (("a.zip", b"a"), ("packaged.yaml", b"b")):
        (tmp_path / name).write_bytes(content)
    RELEASE["put_checksums"](tmp_path)
    check = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "a.zip").write_bytes(b"c")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_the_command_comes_with_its_pages_and_completions(tmp_path):
    binary = tmp_path / "keytrail"
    script = '#!/bin/sh\nif [ "$1" = man ]; then mkdir -p "$2"; echo page > "$2/keytrail.1"; else echo "for $2"; fi\n'
    binary.write_text(script)
    binary.chmod(0o755)
    out = tmp_path / "out"
    out.mkdir()
    RELEASE["command"](out, "0.1.0", binary)
    (archive,) = out.iterdir()
    with tarfile.open(archive) as file:
        names = {name.split("/", 1)[1] for name in file.getnames()}
        zsh = file.extractfile(next(it for it in file.getmembers() if it.name.endswith("keytrail.zsh")))
        assert io.TextIOWrapper(zsh).read() == "for zsh\n"
    assert {"keytrail", "LICENSE", "man/man1/keytrail.1", "completions/keytrail.bash"} <= names
