"""What runs have seen of a platform, kept in target/platforms/results/PLATFORM.json for as long as the sources are the same."""
import json
import os
import subprocess

from targets import REPOSITORY, RESULTS


def sources():
    """What the library is built from, as git names it."""
    asked = subprocess.run(["git", "rev-parse", *(f"HEAD:{name}" for name in ("src", "include", "build.rs", "Cargo.lock"))],
                           cwd=REPOSITORY, capture_output=True, text=True)
    return " ".join(name[:8] for name in asked.stdout.split())


def seen(platform):
    """What runs have seen of these sources."""
    path = os.path.join(RESULTS, f"{platform.name}.json")
    result = json.load(open(path)) if os.path.exists(path) else {}
    return result if result.get("sources") == sources() else {"sources": sources()}


def keep(platform, step, outcome):
    """What one step has seen, or nothing if it failed; the other steps keep what is there, whoever has run them meanwhile."""
    result = seen(platform)
    result.pop(step, None)
    os.makedirs(RESULTS, exist_ok=True)
    with open(os.path.join(RESULTS, f"{platform.name}.json"), "w") as file:
        json.dump(result | ({step: outcome} if outcome else {}), file, indent=1)
