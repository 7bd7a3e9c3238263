"""The files of a test: keys, certificates and the settings of servers."""
import os


class InFolder:
    """Has `folder`, which is a path."""

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)
