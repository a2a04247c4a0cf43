"""The wheel holds what the tree holds and runs in an empty folder; every command and example in
README.md works.
"""

import ast
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from graphlib import CycleError, TopologicalSorter
from importlib import metadata
from pathlib import Path
from statistics import median

import pytest
from runs import SIZES
from runs import command as main

from spikesampler.spiking.build import ENGINE

ROOT = Path(__file__).parents[1]
SOURCE = [
    "setup.cfg",
    "pyproject.toml",
    "MANIFEST.in",
    "README.md",
    "LICENSE",
    "Makefile",
    "spikesampler",
    "models",
    "data/paper_tables",
]
SMALL_RUN = ["run", "fang_2018", "--samples", "20", "--test-samples", "10", "--out", "run"]
SMALL_RUN += [word for name, size in SIZES.items() for word in ("--set", f"{name}={size}")]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language, text=README):
    """Fenced blocks of one language as (heading above it, code), in order."""
    found, heading = [], ""
    for match in re.finditer(
        r"^## ([^\n]+)$|^```(\w+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL
    ):
        heading = match[1] or heading
        if match[2] == language:
            found.append((heading, match[3]))
    return found


def command(arguments, folder, seconds=600, **variables):
    """Output of a command that has to succeed; this interpreter's scripts come first on the
    PATH.
    """
    environment = {
        key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")
    }
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=environment | variables,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, f"{arguments} gave {done.returncode}:\n{done.stdout[-4000:]}"
    return done.stdout


def source_files(folder, prefix):
    """Names in the wheel of all files below a folder of the tree."""
    return {
        f"{prefix}/{path.relative_to(ROOT / folder)}"
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of what a wheel is made from, so that neither the checkout nor an old build/ has a
    part in it.
    """
    folder = tmp_path_factory.mktemp("tree")
    for name in SOURCE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(tree, tmp_path_factory):
    """Built without network: `test` brings a setuptools that makes wheels."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip"]
    command(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, tree], folder
    )
    return next(folder.glob("spikesampler-*.whl"))


def test_wheel_holds_the_files_of_the_tree_and_no_others(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tables = source_files("data/paper_tables", "spikesampler/paper_tables")
    models = source_files("models", "spikesampler/models")
    assert names == source_files("spikesampler", "spikesampler") | models | tables


def test_wheel_runs_in_an_empty_folder(wheel, tmp_path):
    """The package comes from the wheel, its dependencies from this environment (`-P`: nothing from
    the folder).
    """
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    command(
        [sys.executable, "-m", "pip", "install", "--no-deps", "--target", installed, wheel],
        tmp_path,
    )
    start = (
        f"import sys; sys.path.insert(0, {str(installed)!r}); from spikesampler import cli;"
        " print(cli.__file__); "
    )
    python = [sys.executable, "-P", "-c", start + "cli.main()"]
    listed = command([*python, "models"], empty)
    assert listed.startswith(str(installed))
    assert "fang_2018" in listed
    assert "kappel_2015" in listed
    command([*python, *SMALL_RUN], empty)
    assert (empty / "run" / "manifest.json").is_file()


@pytest.mark.slow
def test_wheel_runs_in_an_empty_environment(wheel, tmp_path):
    """Dependencies as pip resolves them today: needs a package index."""
    command([sys.executable, "-m", "venv", "venv"], tmp_path)
    command([tmp_path / "venv/bin/pip", "install", wheel], tmp_path, seconds=1200)
    empty = tmp_path / "empty"
    empty.mkdir()
    command([tmp_path / "venv/bin/spikesampler", *SMALL_RUN], empty)
    assert (empty / "run" / "manifest.json").is_file()


def served(line, folder):
    """A command that serves pages: its page is there, and Ctrl-C ends it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        shlex.split(line),
        cwd=folder,
        env=os.environ | {"PATH": path},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        address = process.stdout.readline().strip()
        port, query = re.fullmatch(r"http://[^/]+:(\d+)/(\?token=\S+)?", address).groups()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{query or ''}", timeout=60) as page:
            assert "spikesampler" in page.read().decode()
        assert (query is None) == ("--address" not in line)
    finally:
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)[1]
    assert process.returncode == 0, said


def shortened(code):
    """A command or an example of the page with the sizes of the small network that other tests
    build.
    """
    words = " ".join(f"--set {name}={size}" for name, size in SIZES.items())
    code = re.sub(r"(run|compare|sweep) fang_2018 (?!--data digits)", rf"\g<0>{words} ", code)
    return re.sub(
        r"\b((?:run|compare|sweep)\((?:\"fang_2018\"|model)), ", rf"\1, set={SIZES}, ", code
    )


@pytest.mark.parametrize("small", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_readme_commands(tmp_path, monkeypatch, small):
    """The first ones by a shell, those that serve by themselves, the rest in this process."""
    scripts = Path(sys.executable).parent
    assert (scripts / "spikesampler").is_file(), (
        f"no spikesampler in {scripts}: pip install . first"
    )
    first, *commands = [code for heading, code in blocks("sh") if heading == "The commands"]
    assert len(commands) >= 4
    command(["bash", "-ec", first], tmp_path)
    monkeypatch.chdir(tmp_path)
    for line in "".join(commands).splitlines():
        if line.startswith("spikesampler view"):
            served(line, tmp_path)
            continue
        if small and "--data digits" in line:
            continue  # a network of its own: test_images_are_learnt_from_their_pixels runs another
        program, *words = shlex.split(shortened(line) if small else line)
        assert program == "spikesampler"
        done = main(*words)
        assert done.status == 0, (line, done.err)
    assert (tmp_path / "raster.png").stat().st_size > 10_000  # a figure, not an empty file


@pytest.mark.parametrize("small", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_readme_python(tmp_path, small):
    examples = [shortened(code) if small else code for _, code in blocks("python")]
    assert len(examples) >= 3
    one_by_one = (
        "import json, sys\nfor code in json.loads(sys.argv[1]): exec(code, {'__name__':"
        " '__main__'})"
    )
    command(
        [sys.executable, "-c", one_by_one, json.dumps(examples)], tmp_path
    )  # each with names of its own
    assert (tmp_path / "notebook.png").stat().st_size > 10_000


def test_examples_are_shortened_where_they_have_sizes():
    """Else the page is run at full size, and takes minutes."""
    code = "\n".join(
        shortened(code) for language in ("sh", "python") for _, code in blocks(language)
    )
    sized = re.findall(
        r"(?:run|compare|sweep)(?: fang_2018 |\((?:\"fang_2018\"|model), )(.*)", code
    )
    small = [line for line in sized if line.startswith(("--set I=200", "set={'I': 200"))]
    assert len(small) == len(sized) - 1 >= 10


def test_readme_python_is_as_short_as_promised():
    accuracy, raster = [code.strip().splitlines() for _, code in blocks("python")][:2]
    assert (len(accuracy), len(raster)) == (2, 5)


def test_ci_does_what_readme_says():
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    (code,) = [code for heading, code in blocks("sh") if heading == "Tests"]
    assert [line for line in lines if line in code.splitlines()] == code.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("heading", ["Install", "First run"])
def test_readme_installation(tree, tmp_path, heading):
    """As a reader would, in a copy of the tree: a new .venv, dependencies from the package
    index.
    """
    folder = shutil.copytree(tree, tmp_path / "clone")
    for code in [code for found, code in blocks("sh") if found == heading]:
        shown = command(
            ["bash", "-ec", code + "\ntest -x .venv/bin/spikesampler"], folder, seconds=1200
        )
    assert "fang_2018" in command([folder / ".venv/bin/spikesampler", "models"], tmp_path)
    if heading == "First run":
        pictures = shown.split("The pictures:\n")[1].splitlines()
        assert [Path(line).name for line in pictures] == [
            "accuracies.png",
            "escapes.png",
            "learning_curves.png",
            "raster.png",
        ]
        assert all((folder / line).is_file() for line in pictures)


def test_every_readme_command_is_run_by_a_test():
    assert {heading for heading, _ in blocks("sh")} == {
        "Install",
        "First run",
        "The commands",
        "Tests",
    }
    assert not blocks("console")


def test_versions_agree():
    version = metadata.version("spikesampler")
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# --- rooms: who may import whom -----

FLOORS = [  # from the ground up; a file imports from its own floor and from those below
    {"language"},
    {"store"},
    {"jobs"},
    {"spiking", "stimuli"},
    {"stats"},
    {"figures", "landscape", "networks"},
    {"experiments"},
    {"studies"},
    {"view", "report", "export"},
    {"cli"},
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
PACKAGE = ROOT / "spikesampler"
ROOT_FILES = {
    *("__init__.py", "__main__.py", "errors.py", "checks.py"),
    *("environment.py", "optional.py"),
}


def python_files(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module):
    return module.split(".")[1] if "." in module else ""


def imports_between(texts):
    """{module: modules that it imports, anywhere in its text} from {module: text}."""
    imports = {}
    for module, text in texts.items():
        names = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                assert not node.level, f"{module} has a relative import"
                names |= {f"{node.module}.{name.name}" for name in node.names} | {node.module}
            elif isinstance(node, ast.Import):
                names |= {name.name for name in node.names}
        modules = {name for name in names if name in texts and name != module}
        # `from room import module` asks for the module, not for what the room's __init__ says
        imports[module] = {
            name for name in modules if not any(other.startswith(f"{name}.") for other in modules)
        }
    return imports


def upward(imports):
    """Imports from a higher floor, from the command line, or of the package by a room."""
    top = len(FLOORS)
    return sorted(
        f"{module} -> {other}"
        for module, others in imports.items()
        for other in others
        if FLOOR.get(room_of(other), -1) > FLOOR.get(room_of(module), top)
    )


def circle(imports):
    """A circle of files or of rooms that import each other, or nothing."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return error.args[1]
    return []


@pytest.fixture(scope="module")
def imports():
    return imports_between(
        {module_name(path): path.read_text() for path in python_files("spikesampler")}
    )


def test_every_module_that_makes_a_program_is_in_its_key(imports):
    reached, waiting = set(), {"spikesampler.spiking.compilation"}
    while waiting:
        reached |= waiting
        waiting = set().union(*map(imports.get, waiting)) - reached
    names = {module.split(".")[-1] for module in reached if room_of(module) == "spiking"}
    assert names == set(ENGINE)


def test_imports_run_downwards(imports):
    assert upward(imports) == []


def test_no_two_files_and_no_two_rooms_import_each_other(imports):
    assert circle(imports) == []
    rooms = {}
    for module, others in imports.items():
        if room_of(module) in FLOOR:
            rooms.setdefault(room_of(module), set()).update(map(room_of, others))
    assert circle({room: others & set(FLOOR) - {room} for room, others in rooms.items()}) == []


def test_wrong_imports_would_be_seen():
    texts = {
        "spikesampler.store.atomic": "from spikesampler.stats.paired import holm",
        "spikesampler.stats.paired": "def f():\n    from spikesampler.stats import metrics",
        "spikesampler.stats.metrics": "import spikesampler.stats.paired",
    }
    wrong = imports_between(texts)
    assert upward(wrong) == ["spikesampler.store.atomic -> spikesampler.stats.paired"]
    assert set(circle(wrong)) == {"spikesampler.stats.paired", "spikesampler.stats.metrics"}


def test_every_file_is_in_a_room_of_the_plan():
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    assert rooms == set(FLOOR)
    assert {path.name for path in PACKAGE.glob("*.py")} == ROOT_FILES


# --- what is easy to read stays so -----

TYPED = ("language", "store", "jobs", "experiments", "landscape", "stats")  # mypy reads these
BENCHMARKS = {"benchmark.py", "benchmark_landscape.py", "benchmark_viewer.py", "scaling.py"}


def test_files_and_scripts_are_short():
    sizes = {path: len(path.read_text().splitlines()) for path in python_files("spikesampler")}
    assert [str(path) for path, size in sizes.items() if size > 300] == []
    assert median(sizes.values()) < 130
    scripts = {path.name: len(path.read_text().splitlines()) for path in python_files("scripts")}
    assert median(scripts.values()) <= 60
    assert [name for name, size in scripts.items() if size > 120 and name not in BENCHMARKS] == []


def test_files_that_begin_first_are_there():
    from conftest import LONG

    assert {*LONG} <= {path.name for path in Path(__file__).parent.glob("test_*.py")}


def test_tables_alone_are_left_as_they_are():
    """`ruff format --check` and `ruff check`, which CI calls, see to the rest."""
    files = python_files("spikesampler", "scripts", "models", "tests")
    skipped = re.compile(r"# fmt: (skip|off)")
    assert (
        sum(len(skipped.findall(path.read_text())) for path in files if path != Path(__file__))
        <= 40
    )


def test_public_functions_of_typed_rooms_are_annotated():
    bare = []
    for path in python_files(*(f"spikesampler/{room}" for room in TYPED)):
        for scope in [ast.parse(path.read_text())]:
            classes = [node for node in scope.body if isinstance(node, ast.ClassDef)]
            for body in (scope.body, *(one.body for one in classes if one.name[0] != "_")):
                for node in body:
                    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                        missing = [
                            a.arg
                            for a in arguments
                            if not a.annotation and a.arg not in ("self", "cls")
                        ]
                        if missing or node.returns is None:
                            bare.append(f"{module_name(path)}.{node.name} {missing}")
    assert bare == []


def without_docstring(text):
    """Public functions, and public methods and properties of public classes, that say nothing."""
    tree, names = ast.parse(text), []
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for scope in (tree, *(node for node in classes if not node.name.startswith("_"))):
        for node in scope.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if not node.name.startswith("_") and not ast.get_docstring(node):
                    names.append(f"{getattr(scope, 'name', '')}.{node.name}".lstrip("."))
    return names


def test_public_functions_of_typed_rooms_have_docstrings():
    for path in python_files(*(f"spikesampler/{room}" for room in TYPED)):
        assert without_docstring(path.read_text()) == [], path


def test_what_says_nothing_would_be_seen():
    text = (
        "class A:\n    def f(self): pass\n    def _g(self): pass\nclass _B:\n    def h(self): pass"
    )
    assert without_docstring(text + "\ndef k(): 'Says it.'\ndef m(): pass") == ["m", "A.f"]


def test_no_test_puts_scripts_on_the_path():
    assert [
        path.name
        for path in python_files("tests")
        if re.search(r"sys\.path.*SCRIPTS|\"scripts\"\)", path.read_text())
        and path != Path(__file__)
    ] == []


def test_what_the_page_on_the_architecture_names_is_there():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    files = set(re.findall(r"`([\w./]+\.(?:py|cpp|cfg))`", page))
    files = {name for name in files if not re.search(r"[A-Z]{4}", name)}  # NAME.py is yours
    assert len(files) > 25
    missing = [
        name for name in files if not ((ROOT / name).is_file() or (PACKAGE / name).is_file())
    ]
    assert missing == []
    picture = (ROOT / "docs" / "figures" / "architecture.svg").read_text(encoding="utf-8")
    assert set(FLOOR) == set(re.findall(r">(\w+)/<", picture))
    rooms = set(re.findall(r"`(\w+)/`", page.split("## Three ways")[0]))
    assert set(FLOOR) <= rooms
