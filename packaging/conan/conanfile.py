"""Conan 2: `conan create packaging/conan` builds the library by cargo, which has to be there (Rust 1.85 or later).

TCDB_PAYLOAD in the environment names what `make payload` has made already."""
import os
import re
from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy

SOURCES = ("src/*", "include/*", "packaging/*", "examples-c/*", "docs/*", "bindings/*", "tests/*", "cli/*", "build.rs",
           "cbindgen.toml", "Cargo.toml", "Cargo.lock", "Makefile", "symbols.txt", "README*.md", "LICENSE-*")
EXCLUDED = ("*/target/*", "*/node_modules/*", "*/__pycache__/*", "*_cache/*", "*/test_package/build/*")
# What the static library needs: packaging/tcdb_async.pc.in.
SYSTEM_LIBS = ["gcc_s", "util", "rt", "pthread", "m", "dl", "c"]


class TcdbAsync(ConanFile):
    name = "tcdb-async"
    description = "Asks TencentDB for MySQL what became of an asynchronous task, and waits for it"
    license = "MIT OR Apache-2.0"
    topics = ("tencentcloud", "mysql", "client")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": True}

    @property
    def _root(self):
        """The source tree: two folders above the recipe, or where it was exported to."""
        exported = Path(self.source_folder or self.recipe_folder)
        return exported if (exported / "Cargo.toml").exists() else Path(self.recipe_folder).parents[1]

    def set_version(self):
        manifest = Path(self.recipe_folder).parents[1] / "Cargo.toml"
        self.version = self.version or re.search(r'^version = "(.*)"', manifest.read_text(), re.M)[1]

    def export_sources(self):
        for pattern in SOURCES:
            copy(self, pattern, Path(self.recipe_folder).parents[1], self.export_sources_folder, excludes=EXCLUDED)

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration(f"{self.ref} is tried on Linux only")

    def configure(self):
        # C: no C++ runtime. The header for C++ has nothing compiled.
        self.settings.rm_safe("compiler.cppstd")
        self.settings.rm_safe("compiler.libcxx")

    @property
    def _payload(self):
        return os.environ.get("TCDB_PAYLOAD") or os.path.join(self._root, "target/payload")

    def build(self):
        if not os.environ.get("TCDB_PAYLOAD"):
            self.run("make payload", cwd=self._root)

    def package(self):
        other = "SHARED=yes STATIC=no" if self.options.shared else "SHARED=no STATIC=yes"
        self.run(f'PREFIX="{self.package_folder}" {other} sh "{self._payload}/install.sh"')
        os.remove(os.path.join(self.package_folder, "share/tcdb-async/installed"))
        copy(self, "LICENSE-*", self._root, os.path.join(self.package_folder, "licenses"))
        copy(self, "LICENSES-OF-CRATES.txt", os.path.join(self.package_folder, "share/doc/tcdb-async"),
             os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.libs = ["tcdb_async"]
        self.cpp_info.set_property("pkg_config_name", "tcdb_async")
        self.cpp_info.set_property("cmake_file_name", "tcdb_async")
        self.cpp_info.set_property("cmake_target_name", "tcdb_async::tcdb_async")
        if not self.options.shared:
            self.cpp_info.system_libs = SYSTEM_LIBS
            self.cpp_info.set_property("cmake_target_aliases", ["tcdb_async::static"])
