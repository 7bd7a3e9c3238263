"""The languages: what each example is built with and how it runs. Paths are absolute; what is made goes to target/."""
import os
import shutil
import subprocess
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
BUILT = os.path.join(ROOT, "target", "bindings")
LIBRARY = os.path.join(ROOT, "target", "debug")
HEADER = os.path.join(ROOT, "include")
JNA = "/usr/share/java/jna.jar"


@dataclass
class Language:
    name: str
    folder: str
    version: list  # a command whose output, cut to what version_of finds, is the tool's version
    packages: str  # of Debian
    run: list
    tools: list  # executables
    build: list = field(default_factory=list)  # commands
    needs: list = field(default_factory=list)  # commands that succeed if a module is there
    files: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)  # of the build and of the run
    is_linked: bool = False  # by the system's loader, so that without the library the program does not start
    hears_interrupt: bool = False  # ends a call at Ctrl-C by its progress function or by tcdb_waiter_cancel
    query_is_killed: bool = False  # hears it in a wait alone
    killed: int = -2  # the exit code of one that does not hear it: killed by the signal

    def missing(self):
        """What is not installed; None: nothing."""
        for tool in self.tools:
            if not shutil.which(tool):
                return f"{tool} (Debian: {self.packages})"
        for path in self.files:
            if not os.path.exists(path):
                return f"{path} (Debian: {self.packages})"
        for command in self.needs:
            if subprocess.run(command, capture_output=True).returncode:
                return f"what `{' '.join(command)}` needs (Debian: {self.packages})"
        return None


def source(folder, name):
    return os.path.join(HERE, folder, name)


def built(folder, name=""):
    return os.path.join(BUILT, folder, name)


LINK = ["-L" + LIBRARY, "-ltcdb_async"]

LANGUAGES = [
    Language(
        name="COBOL", folder="cobol", packages="gnucobol3", tools=["cobc", "gcc"], version=["cobc", "--version"],
        build=[["cobc", "-x", "-free", "-Wall", "-Werror", "-fstatic-call", "-o", built("cobol", "query"),
                source("cobol", "query.cob"), *LINK]],
        run=[built("cobol", "query")], is_linked=True, killed=2),
    Language(
        name="Fortran", folder="fortran", packages="gfortran", tools=["gfortran"], version=["gfortran", "-dumpfullversion"],
        build=[["gfortran", "-std=f2018", "-Wall", "-Wextra", "-Werror", "-J" + built("fortran"), "-o", built("fortran", "query"),
                source("fortran", "query.f90"), *LINK]],
        run=[built("fortran", "query")], is_linked=True),
    Language(
        name="Free Pascal", folder="pascal", packages="fp-compiler", tools=["fpc"], version=["fpc", "-iV"],
        build=[["fpc", "-v0we", "-FE" + built("pascal"), "-Fl" + LIBRARY, source("pascal", "query.pas")]],
        run=[built("pascal", "query")], is_linked=True),
    Language(
        name="Perl", folder="perl", packages="libffi-platypus-perl", tools=["perl"],
        needs=[["perl", "-MFFI::Platypus", "-e1"]],
        version=["perl", "-MFFI::Platypus", "-e", 'printf "%vd, FFI::Platypus %s", $^V, FFI::Platypus->VERSION'],
        run=["perl", source("perl", "query.pl")], hears_interrupt=True),
    Language(
        name="Tcl", folder="tcl", packages="critcl tcl-dev", tools=["tclsh8.6", "gcc"],
        needs=[["sh", "-c", "echo 'package require critcl; exit' | tclsh8.6"]],
        version=["sh", "-c", "echo 'puts \"[info patchlevel], critcl [package require critcl]\"' | tclsh8.6"],
        # critcl compiles at the first run, and keeps the outcome under HOME.
        build=[["sh", "-c", f"tclsh8.6 {source('tcl', 'query.tcl')} || test $? = 2"]],
        environment={"TCDB_INCLUDE": HEADER, "TCDB_LIB": LIBRARY, "HOME": built("tcl", "home")},
        run=["tclsh8.6", source("tcl", "query.tcl")]),
    Language(
        name="LuaJIT", folder="luajit", packages="luajit", tools=["luajit"], version=["luajit", "-v"],
        run=["luajit", source("luajit", "query.lua")], hears_interrupt=True),
    Language(
        name="Ruby", folder="ruby", packages="ruby", tools=["ruby"], needs=[["ruby", "-rfiddle", "-e1"]],
        version=["ruby", "-rfiddle", "-e", 'print RUBY_VERSION, ", Fiddle ", Fiddle::VERSION'],
        run=["ruby", "-W", source("ruby", "query.rb")], hears_interrupt=True),
    Language(
        name="PHP", folder="php", packages="php-cli", tools=["php"],
        needs=[["php", "-r", "exit(extension_loaded('FFI') ? 0 : 1);"]], version=["php", "-r", "echo PHP_VERSION;"],
        run=["php", source("php", "query.php")]),
    Language(
        name="Go", folder="go", packages="golang-go", tools=["go", "gcc"], version=["go", "version"],
        environment={"CGO_ENABLED": "1", "CGO_CFLAGS": "-I" + HEADER, "CGO_LDFLAGS": " ".join(LINK), "GOFLAGS": "-mod=mod",
                     "GOCACHE": built("go", "cache"), "GOPROXY": "off", "GOENV": "off"},
        build=[["go", "build", "-o", built("go", "query"), "."]],
        run=[built("go", "query")], is_linked=True),
    Language(
        name="Node", folder="node", packages="nodejs npm", tools=["node", "npm"],
        version=["node", "-p", "`${process.versions.node}, koffi ${require('koffi').version}`"],
        environment={"NODE_PATH": built("node", "node_modules")},
        build=[["cp", source("node", "package.json"), built("node")],
               ["npm", "install", "--prefix", built("node"), "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock",
                "--cache", built("node", "npm-cache")]],
        run=["node", source("node", "query.js")], hears_interrupt=True, query_is_killed=True),
    Language(
        name="Java", folder="java", packages="default-jdk-headless libjna-java", tools=["javac", "java"], files=[JNA],
        version=["java", "--version"],
        build=[["javac", "-Xlint:all,-serial", "-Werror", "-cp", JNA, "-d", built("java"), source("java", "Query.java")]],
        run=["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", JNA + ":" + built("java"), "Query"], killed=130),
]
