"""The scripts, in a checkout of their own, with a toolchain and a package manager that only note
what they were asked."""

import os
import pathlib
import shutil
import subprocess

import pytest

SCRIPTS = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"

# Stands for the compiler: the program it builds prints its arguments and leaves with the last one.
SWIFT = """#!/bin/sh
echo "swift $*" >> "$NOTES"
[ -z "$BROKEN" ] || { echo 'error: no such thing' ; exit 1; }
while [ "$1" != --package-path ]; do shift; done
mkdir -p "$2/.build/release"
cat > "$2/.build/release/dvmash" <<'END'
#!/bin/sh
for last; do echo "[$last]"; done
exit "${last:-0}"
END
chmod +x "$2/.build/release/dvmash"
"""

NOTE = """#!/bin/sh
echo "$(basename "$0") $*" >> "$NOTES"
"""


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


class Checkout:
    def __init__(self, directory):
        self.root = directory / "a check out"
        self.tools = directory / "tools"
        self.notes_file = directory / "notes"
        self.notes_file.touch()
        shutil.copytree(SCRIPTS, self.root / "scripts")
        (self.root / "Sources/Layer").mkdir(parents=True)
        (self.root / "Sources/Layer/File.swift").touch()
        (self.root / "Sources/Layer/Other.swift").touch()
        (self.root / "Package.swift").touch()
        self.tools.mkdir()
        self.tool("swift", SWIFT)

    def tool(self, name, text):
        path = self.tools / name
        path.write_text(text)
        path.chmod(0o755)

    def write(self, name, text="x"):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def notes(self):
        text = self.notes_file.read_text()
        self.notes_file.write_text("")
        return text.splitlines()

    def run(self, command, *arguments, directory="/", **environment):
        environment = {
            "PATH": f"{self.tools}:/usr/bin:/bin",
            "HOME": str(self.root),
            "NOTES": str(self.notes_file),
            **environment,
        }
        return subprocess.run(
            [command if "/" in str(command) else self.root / "scripts" / command, *arguments],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def shell(self, script, **environment):
        command = f". '{self.root}/scripts/support/common.sh'; {script}"
        return self.run("/bin/bash", "-c", command, "name", **environment)


def test_builds_once_and_hands_over_arguments_and_status(checkout):
    done = checkout.run("dvmash", "a b", "--flag", "7")
    assert done.stdout == "[a b]\n[--flag]\n[7]\n"
    assert done.returncode == 7
    assert "building" in done.stderr
    assert len(checkout.notes()) == 1
    done = checkout.run("dvmash")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert checkout.notes() == []


def test_builds_in_release_with_the_library_inside(checkout):
    checkout.run("dvmash")
    (note,) = checkout.notes()
    assert "-c release" in note and "--static-swift-stdlib" in note


@pytest.mark.parametrize("change", ["edit", "add", "remove", "package"])
def test_builds_again_after_a_change(checkout, change):
    checkout.run("dvmash")
    checkout.notes()
    # Newer than the build by more than the file system's clock can hide.
    later = (checkout.root / ".build/release-build").stat().st_mtime + 5
    source = checkout.root / "Sources/Layer"
    changed = source / "File.swift"
    if change == "add":
        (source / "New.swift").touch()
        changed = source
    elif change == "remove":
        (source / "Other.swift").unlink()
        changed = source
    elif change == "package":
        changed = checkout.root / "Package.swift"
    os.utime(changed, (later, later))
    checkout.run("dvmash")
    assert len(checkout.notes()) == 1


def test_an_edit_during_the_build_is_built_next_time(checkout):
    edit = 'touch -d "+2 seconds" "$2/Sources/Layer/File.swift"\n'
    checkout.tool("swift", SWIFT.replace('mkdir -p "$2/.b', edit + 'mkdir -p "$2/.b'))
    checkout.run("dvmash")
    checkout.notes()
    checkout.tool("swift", SWIFT)
    checkout.run("dvmash")
    assert len(checkout.notes()) == 1


def test_a_build_that_fails_shows_why(checkout):
    done = checkout.run("dvmash", BROKEN="yes")
    assert done.returncode == 69
    assert "error: no such thing" in done.stderr
    assert done.stdout == ""
    assert checkout.run("dvmash", "3").returncode == 3


def test_works_through_a_link(checkout, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(checkout.root / "scripts/dvmash")
    assert checkout.run(link, "5", directory=tmp_path).returncode == 5


def test_works_without_a_home_directory(checkout):
    assert checkout.run("dvmash", "4", HOME="/nonexistent").returncode == 4
    assert (checkout.root / ".build/home").is_dir()


@pytest.mark.skipif(
    shutil.which("swift", path="/usr/bin:/bin") is not None, reason="the system has a toolchain"
)
def test_says_where_to_get_a_toolchain(checkout):
    (checkout.tools / "swift").unlink()
    done = checkout.run("dvmash")
    assert done.returncode == 69
    assert "https://www.swift.org/install" in done.stderr


def test_root_installs_what_is_missing_and_only_that(checkout):
    checkout.tool("apt-get", NOTE)
    checkout.tool("id", "#!/bin/sh\necho 0\n")
    done = checkout.shell("need_packages git made-up-package; echo went on")
    assert done.stdout == "went on\n"
    assert "installing the missing packages: made-up-package" in done.stderr
    assert checkout.notes() == [
        "apt-get update",
        "apt-get install -y --no-install-recommends made-up-package",
    ]


def test_nothing_missing_asks_for_nothing(checkout):
    checkout.tool("apt-get", NOTE)
    assert checkout.shell("need_packages git").stderr == ""
    assert checkout.notes() == []


def test_others_use_sudo_and_never_wait_for_a_password_without_a_terminal(checkout):
    checkout.tool("apt-get", NOTE)
    checkout.tool("sudo", NOTE)
    checkout.tool("id", "#!/bin/sh\necho 1000\n")
    # setsid: no terminal, wherever the tests run.
    done = checkout.run(
        "/usr/bin/setsid",
        "-w",
        "/bin/bash",
        "-c",
        f". '{checkout.root}/scripts/support/common.sh'; need_packages made-up-package",
    )
    assert done.returncode == 0
    assert checkout.notes() == [
        "sudo -n apt-get update",
        "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "
        "made-up-package",
    ]


@pytest.mark.parametrize("tool", ["apt-get", "sudo"])
def test_what_cannot_be_installed_is_told_with_what_to_type(checkout, tool):
    checkout.tool("apt-get", NOTE)
    checkout.tool("sudo", NOTE)
    checkout.tool(tool, "#!/bin/sh\nexit 1\n")
    checkout.tool("id", f"#!/bin/sh\necho {0 if tool == 'apt-get' else 1000}\n")
    done = checkout.shell("need_packages made-up-package; echo went on")
    assert done.returncode == 69
    assert done.stdout == ""
    typed = "apt-get update && apt-get install -y --no-install-recommends made-up-package"
    assert typed in done.stderr


def test_goes_on_without_what_is_only_wanted(checkout):
    checkout.tool("apt-get", "#!/bin/sh\nexit 1\n")
    checkout.tool("id", "#!/bin/sh\necho 0\n")
    done = checkout.shell("want_packages git made-up-package; echo went on")
    assert (done.stdout, done.returncode) == ("went on\n", 0)
    assert "going on without" in done.stderr


def test_install_puts_everything_where_debian_looks(checkout, tmp_path):
    for name in [
        "lua/sun4v/tools.lua",
        "completions/dvmash.bash",
        "completions/_dvmash",
        "completions/dvmash.fish",
        "docs/dvmash.1",
    ]:
        checkout.write(name)
    destination = tmp_path / "image"
    done = checkout.run("install", DESTDIR=str(destination), PREFIX="/usr")
    assert done.returncode == 0
    installed = {
        str(path.relative_to(destination)): path.stat().st_mode & 0o777
        for path in destination.rglob("*")
        if path.is_file()
    }
    assert installed == {
        "usr/bin/dvmash": 0o755,
        "usr/share/dvmash/lua/sun4v/tools.lua": 0o644,
        "usr/share/bash-completion/completions/dvmash": 0o644,
        "usr/share/zsh/vendor-completions/_dvmash": 0o644,
        "usr/share/fish/vendor_completions.d/dvmash.fish": 0o644,
        "usr/share/man/man1/dvmash.1": 0o644,
    }
    assert sorted(done.stdout.split()) == sorted(f"{destination}/{name}" for name in installed)


@pytest.mark.parametrize("arguments, prefix", [(["--force"], "/usr"), ([], "usr")])
def test_install_refuses_what_it_does_not_understand(checkout, arguments, prefix):
    done = checkout.run("install", *arguments, PREFIX=prefix)
    assert done.returncode == 64
    assert done.stderr != ""


@pytest.mark.parametrize("script", ["test", "sanitize"])
def test_unknown_arguments_are_refused(checkout, script):
    done = checkout.run(script, "--nonsense")
    assert done.returncode == 64
    assert "--nonsense" in done.stderr
    assert checkout.notes() == []
