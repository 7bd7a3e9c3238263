"""Writes what library and tool of an archive are made of, as CycloneDX: sbom.py TARGET RUST FILE

TARGET: the platform, by Rust's name; RUST: the version of the compiler, whose standard library is in it.
"""
import datetime
import os
import sys
import tomllib
import uuid
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType, XsUri
from cyclonedx.model import ExternalReference, ExternalReferenceType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output import OutputFormat, make_outputter
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "bindings" / "python"))
from crate_licences import linked_crates  # noqa: E402

SCHEMA = SchemaVersion.V1_6


def checksums():
    """(name, version) of each crate that the registry has, and its SHA-256 there."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return {(it["name"], it["version"]): it["checksum"] for it in lock["package"] if "checksum" in it}


def component(crate, known):
    name, version = crate["name"], crate["version"]
    url = PackageURL("cargo", name=name, version=version)
    # Older manifests separate alternatives by a slash.
    licences = [LicenseExpression(crate["license"].replace("/", " OR "))] if crate["license"] else []
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=known[name, version])] if (name, version) in known else []
    where = [ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(crate["repository"]))] if crate["repository"] else []
    return Component(name=name, version=version, type=ComponentType.LIBRARY, bom_ref=str(url), purl=url, licenses=licences,
                     hashes=hashes, external_references=where)


def bill(target, rust):
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    own = Component(name=package["name"], version=package["version"], type=ComponentType.LIBRARY, bom_ref=package["name"],
                    licenses=[LicenseExpression(package["license"])], description=f"{package['description']} ({target})")
    std = Component(name="rust-std", version=rust, type=ComponentType.LIBRARY, bom_ref=f"rust-std@{rust}",
                    licenses=[LicenseExpression("MIT OR Apache-2.0")])
    known = checksums()
    # The tool's crates are the library's and more.
    crates = sorted((it for it in linked_crates(ROOT / "cli", target) if it["name"] != package["name"]),
                    key=lambda it: (it["name"], it["version"]))
    parts = [std, *(component(crate, known) for crate in crates)]
    made = Bom(components=parts)
    # The same sources give the same file.
    made.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, f"{package['name']}/{package['version']}/{target}")
    made.metadata.timestamp = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    made.metadata.component = own
    made.register_dependency(own, parts)
    return make_outputter(made, OutputFormat.JSON, SCHEMA).output_as_string(indent=1)


def main(target, rust, file):
    text = bill(target, rust)
    wrong = JsonStrictValidator(SCHEMA).validate_str(text)
    if wrong:
        sys.exit(f"sbom.py: {target}: not CycloneDX {SCHEMA.to_version()}: {wrong}")
    Path(file).write_text(text + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
