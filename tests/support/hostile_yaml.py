"""What the writers of hostile YAML documents share: inputs made from a good one by changes, and their manifest."""

import os


class Inputs:
    def __init__(self, folder, good):
        self.folder, self.good, self.rows = folder, good, []
        os.makedirs(folder, exist_ok=True)

    def add(self, name, code, why, *changes, text=None):
        text = self.good if text is None else text
        for before, after in changes:
            assert before in text, (name, before)
            text = text.replace(before, after)
        with open(os.path.join(self.folder, name + ".yaml"), "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        self.rows.append(f"{name}.yaml\t{code}\t{why}\n")

    def finish(self):
        with open(os.path.join(self.folder, "expected.tsv"), "w", encoding="utf-8") as file:
            file.writelines(sorted(self.rows))
