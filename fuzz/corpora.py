#!/usr/bin/env python3
"""What the fuzzers have found: one input for each place of the code that is reached, in corpora/NAME.tar.gz.

usage: corpora.py FOLDER-OF-PROGRAMS [TARGET...]    make them of the seeds and of target/corpus, whose other inputs stay there
"""
import gzip
import io
import os
import shutil
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(os.path.dirname(HERE), "target")
LONGEST = 4096


def seeds(name):
    return os.path.join(HERE, "seeds", name)


def packed(name):
    return os.path.join(HERE, "corpora", name + ".tar.gz")


def folder(name):
    """Where a target's inputs grow; at first those that are committed."""
    path = os.path.join(TARGET, "corpus", name)
    if not os.path.isdir(path):
        os.makedirs(path)
        if os.path.exists(packed(name)):
            with tarfile.open(packed(name)) as archive:
                for member in archive:
                    # A name is the input's hash.
                    with open(os.path.join(path, os.path.basename(member.name)), "wb") as file:
                        file.write(archive.extractfile(member).read())
    return path


def minimise(programs, name):
    """Packs the smallest inputs that reach every place which all of them reach together. How many, and bytes."""
    smallest = os.path.join(TARGET, "minimised", name)
    shutil.rmtree(smallest, ignore_errors=True)
    os.makedirs(smallest)
    # A place counts once, however often an input comes by.
    command = [os.path.join(programs, name), "-merge=1", "-use_counters=0", f"-max_len={LONGEST}", smallest, folder(name), seeds(name)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.makedirs(os.path.dirname(packed(name)), exist_ok=True)
    files = sorted(os.listdir(smallest))
    with open(packed(name), "wb") as out, gzip.GzipFile("", "wb", mtime=0, fileobj=out) as zipped, \
            tarfile.open(mode="w", fileobj=zipped, format=tarfile.USTAR_FORMAT) as archive:
        for file in files:
            with open(os.path.join(smallest, file), "rb") as source:
                content = source.read()
            member = tarfile.TarInfo(file)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return len(files), os.path.getsize(packed(name))


def main():
    programs, *names = sys.argv[1:]
    for name in names or sorted(os.listdir(os.path.join(HERE, "seeds"))):
        inputs, size = minimise(programs, name)
        print(f"{name}: {inputs} inputs, {size} bytes packed", flush=True)


if __name__ == "__main__":
    main()
