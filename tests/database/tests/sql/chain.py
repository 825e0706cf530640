"""Verifies an export of the record from the outside: reads it on standard input, prints how many entries it holds."""
import hashlib, json, sys

count, head, ended = 0, None, False
for line in sys.stdin.buffer.read().decode("utf-8").split("\n")[:-1]:
    about = json.loads(line)
    if about.get("end"):
        ended = about["rows"] == count
        continue
    text = line[line.index(',"entry":') + len(',"entry":'):-1]
    assert head in (None, about["previous"]), f"{about['seq']}: does not follow the one before"
    head = hashlib.sha256(bytes.fromhex(about["previous"]) + text.encode("utf-8")).hexdigest()
    assert head == about["hash"], f"{about['seq']}: was altered"
    count += 1
assert ended, "the export broke off"
print(count, head)
