"""Sphinx's configuration of the HTML site. docs/site/stage.py lays out what it reads; `make docs` runs both."""
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ["TCDB_ROOT"])
sys.path.insert(0, str(ROOT / "bindings/python/src"))

project = "tcdb-async"
copyright = "The tcdb-async authors"
release = version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
extensions = ["myst_parser", "breathe", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = []
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]

breathe_projects = {"c": os.environ["TCDB_DOXYGEN_XML"]}
breathe_default_project = "c"
breathe_domain_by_extension = {"h": "c", "hpp": "cpp"}
breathe_show_include = False
c_id_attributes = ["TCDB_API", "TCDB_CALL"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_favicon = str(ROOT / "docs/site/icon.svg")
html_title = f"tcdb-async {release}"
html_copy_source = False
html_show_sourcelink = False
html_extra_path = [os.environ["TCDB_RUSTDOC"]]
# Each warning fails the build (-W), but for what doxygen gives of C++ that Sphinx has no word for.
suppress_warnings = ["misc.highlighting_failure"]
