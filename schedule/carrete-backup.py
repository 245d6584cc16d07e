#!/usr/bin/env python3
"""Backs up OpenStack servers by the policies that stand on them, and removes what those policies no longer keep.

    carrete-backup.py [options] [SERVER_ID ...]     without ids: every server whose policy has a schedule

The policy is read from the server's metadata at each run, e.g.
    openstack server set --property carrete_policy='last=3 daily=7 weekly=4; every=day at=03:00Z' SERVER
An old backup goes only after the new one is proven usable, and only if it belongs to the policy's own set
(image_type=backup, backup_type=carrete, of this server). Protected, pinned, hidden, foreign and unfinished ones stay.

Needs Python 3.8 and the `openstack` command (python-openstackclient 5 or later). It holds no secret: the sign-in
comes from OS_CLOUD and clouds.yaml, or from the OS_* variables. Exit: 0 all well, 1 something failed, 2 wrong use,
75 another run holds the lock.
"""
import argparse
import calendar
import datetime as dt
import fcntl
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

TYPE = "carrete"                # backup_type of the policy's own set
NO_ROTATION = "10000"           # so large that Nova itself deletes nothing
EARLY = dt.timedelta(minutes=5)  # clocks differ: a run may start this much before its slot
ROOT_DISK = re.compile(r"/dev/(vd|sd|xvd|hd)a")
ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,63}")
options = argparse.Namespace(quiet=False, timeout=360)


class Failure(Exception):
    """One clear line."""


class Gone(Failure):
    """What was asked for does not exist."""


# --- The policy -----------------------------------------------------------------------------------------------------

RULES = ("last", "hourly", "daily", "weekly", "monthly", "yearly")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY = re.compile(r"(1|2|3|4|6|8|12)h|day|%s|month-([1-9]|1[0-9]|2[0-8]|last)" % "|".join(DAYS))


def parse_policy(text):
    """`{"keep": {rule: count}, "every": str or None, "at": minutes, "paused": bool}`; nothing is guessed."""
    if len(text) > 255:
        raise Failure("policy: longer than 255 characters")
    parts = text.split(";")
    if len(parts) > 2:
        raise Failure("policy: more than one ;")
    keep = {}
    for word in words_of(parts[0]):
        rule, equals, count = word.partition("=")
        if rule not in RULES or not equals:
            raise Failure("policy: %s is no rule" % shown(word))
        if rule in keep:
            raise Failure("policy: %s stands twice" % rule)
        if not re.fullmatch(r"[1-9][0-9]{0,2}", count):
            raise Failure("policy: %s needs a number from 1 to 999" % rule)
        keep[rule] = int(count)
    if not keep:
        raise Failure("policy: nothing is kept")
    policy = {"keep": keep, "every": None, "at": None, "paused": False}
    if len(parts) == 1:
        return policy
    seen = set()
    for word in words_of(parts[1]):
        key, equals, value = word.partition("=")
        if key in seen:
            raise Failure("policy: %s stands twice" % shown(key))
        seen.add(key)
        if word == "paused":
            policy["paused"] = True
        elif key == "every" and EVERY.fullmatch(value):
            policy["every"] = value
        elif key == "at" and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]Z", value):
            policy["at"] = int(value[:2]) * 60 + int(value[3:5])
        else:
            raise Failure("policy: %s is not understood" % shown(word))
    if policy["at"] is None:
        raise Failure("policy: the schedule lacks at=HH:MMZ")
    policy["every"] = policy["every"] or "day"
    return policy


def words_of(text):
    """Between the spaces of ASCII, as the other readers of a policy split it."""
    return [word for word in re.split("[ \\t\\n\\f\\r]", text) if word]


def canonical(policy):
    text = " ".join("%s=%d" % (rule, policy["keep"][rule]) for rule in RULES if rule in policy["keep"])
    if policy["every"]:
        text += "; every=%s at=%02d:%02dZ" % (policy["every"], *divmod(policy["at"], 60))
    return text + (" paused" if policy["paused"] else "")


def last_slot(policy, now):
    """The newest moment at or before `now` (UTC) at which the schedule wants a backup."""
    every, at = policy["every"], policy["at"]
    hours = int(every[:-1]) if every.endswith("h") else 24
    times = sorted((at + 60 * hours * n) % 1440 for n in range(24 // hours))
    for back in range(64):
        day = (now - dt.timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        if every in DAYS and day.weekday() != DAYS.index(every):
            continue
        if every.startswith("month-"):
            last = calendar.monthrange(day.year, day.month)[1]
            if day.day != (last if every == "month-last" else int(every[6:])):
                continue
        for minutes in reversed(times):
            if day + dt.timedelta(minutes=minutes) <= now:
                return day + dt.timedelta(minutes=minutes)
    raise Failure("no slot")


# --- Retention: restic's `forget` ---------------------------------------------------------------------------------------

def forget(items, keep):
    """(kept, removed), newest first. Items that are not usable are in neither: they stay and take no place.

    As in restic, the oldest item is kept too while a rule has count left: the history stays as long as it can be.
    """
    usable = [item for item in items if item["standing"] == "usable"]
    usable.sort(key=lambda item: (item["created"], item["id"] is None, item["id"] or ""), reverse=True)
    period = {
        "last": lambda n, t: n,
        "hourly": lambda n, t: (t.year, t.month, t.day, t.hour),
        "daily": lambda n, t: (t.year, t.month, t.day),
        "weekly": lambda n, t: t.isocalendar()[:2],
        "monthly": lambda n, t: (t.year, t.month),
        "yearly": lambda n, t: t.year,
    }
    left, newest_of, kept, removed = dict(keep), {}, [], []
    for n, item in enumerate(usable):
        stays = False
        for rule in RULES:
            if left.get(rule, 0) > 0:
                now_in = period[rule](n, item["created"])
                if newest_of.get(rule) != now_in or n == len(usable) - 1:
                    newest_of[rule] = now_in
                    left[rule] -= 1
                    stays = True
        (kept if stays else removed).append(item)
    return kept, removed


def behind(image):
    """Ids of the Cinder snapshots that an image without bits points at; broken or hostile entries are left out."""
    try:
        disks = json.loads(prop(image, "block_device_mapping") or "[]")
    except ValueError:
        return []
    if not is_without_bits(image) or not isinstance(disks, list):
        return []
    found = []
    for disk in disks[:64]:
        snapshot = disk.get("snapshot_id") if isinstance(disk, dict) else None
        if isinstance(snapshot, str) and ID.fullmatch(snapshot) and snapshot not in found:
            found.append(snapshot)
    return found


def is_volume_image(image):
    return is_without_bits(image) and (prop(image, "block_device_mapping") or "[]").strip() != "[]"


def is_without_bits(image):
    return image.get("size") == 0 or (image.get("size") is None and image.get("status") == "active")


def prop(image, key):
    return (image.get("properties") or {}).get(key)


def standing(image, snapshots, server):
    """`usable`, `unfinished`, `broken` or `held`, and why. `snapshots`: status by id, of the whole project."""
    if image.get("owner") != server["project_id"]:
        return "held", "of another project"
    if prop(image, "os_hidden") in (True, "True", "true") or image.get("os_hidden") is True:
        return "held", "hidden"
    if image.get("protected"):
        return "held", "protected"
    if prop(image, "image_type") != "backup" or prop(image, "backup_type") != TYPE:
        return "held", "not made by a policy"
    written, ours = prop(image, "instance_uuid"), prop(image, "carrete_server")
    volume_backed = is_volume_image(image)
    # Nova copies properties from the image that a volume-backed server was booted from: only the seal proves anything.
    sealed = prop(image, "carrete_image") == image["id"] and prop(image, "carrete_op") is not None
    source = (ours or written) if volume_backed else written
    if source != server["id"] or (volume_backed and not sealed):
        return "held", "not surely of this server"
    if not moment(image.get("created_at")):
        return "held", "without a date"
    if server.get("status", "").startswith("SHELVED") and image.get("name") == server["name"] + "-shelved":
        return "held", "the shelved server needs it"
    if image.get("status") in ("queued", "saving", "uploading", "importing"):
        return "unfinished", image["status"]
    if image.get("status") != "active":
        return "broken", str(image.get("status"))
    if volume_backed:
        states = [snapshots.get(snapshot) for snapshot in behind(image)]
        if not states or any(state in (None, "deleting", "error", "error_deleting") for state in states):
            return "broken", "a volume snapshot is in error or gone"
        if any(state != "available" for state in states):
            return "unfinished", "a volume snapshot is not available yet"
    elif image.get("size") == 0:
        return "broken", "empty"
    return "usable", ""


def item_of(image, snapshots, server):
    state, why = standing(image, snapshots, server)
    return {"id": image["id"], "name": image.get("name") or image["id"], "created": moment(image.get("created_at")),
            "standing": state, "why": why, "behind": behind(image)}


def moment(text):
    match = re.match(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)", text or "")
    try:
        return dt.datetime.strptime(" ".join(match.groups()), "%Y-%m-%d %H:%M:%S") if match else None
    except ValueError:
        return None


# --- The cloud --------------------------------------------------------------------------------------------------------

def openstack(*words):
    """Runs the client once and gives what it printed."""
    what = "openstack " + " ".join(words[:3] if words[2] in ("create", "list", "delete") else words[:2])
    try:
        done = subprocess.run(["openstack", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8", errors="replace", timeout=900, env=dict(os.environ, PYTHONUTF8="1"))
    except FileNotFoundError:
        raise Failure("the openstack command is not installed") from None
    except subprocess.TimeoutExpired:
        raise Failure("%s: no answer" % what) from None
    if done.returncode:
        said = ([line for line in done.stderr.splitlines() if line.strip()] or ["exit %d" % done.returncode])[-1]
        missing = re.search(r"no \w+ (found|with)|could not be found|HTTP 404|NotFound", said, re.I)
        raise (Gone if missing else Failure)("%s: %s" % (what, shown(said)[:400]))
    return done.stdout


def ask(*words):
    """Runs the client once and gives its JSON."""
    try:
        return json.loads(openstack(*words, "-f", "json"))
    except ValueError:
        raise Failure("openstack %s: the answer is no JSON" % " ".join(words[:2])) from None


def patiently(run, *words):
    """What does no harm when it is done twice is tried again when the network hiccups."""
    for pause in (5, 15):
        try:
            return run(*words)
        except Gone:
            raise
        except Failure:
            time.sleep(pause)
    return run(*words)


def look(*words):
    return patiently(ask, *words)


def seal(image, properties):
    patiently(openstack, "image", "set", *as_options(properties), image)


def as_options(properties):
    return [word for key, value in properties.items() for word in ("--property", key + "=" + value)]


def show_image(image):
    return look("image", "show", image)


def show_server(server):
    found = look("server", "show", server)
    if not isinstance(found.get("properties"), dict) or not found.get("project_id"):
        raise Failure("this openstack command is too old: python-openstackclient 5 or later is needed")
    return found


def snapshot_states():
    return {row["ID"]: row["Status"] for row in look("volume", "snapshot", "list")}


def show_all(ids):
    def show(image):
        try:
            return show_image(image)
        except Gone:
            return None
    with ThreadPoolExecutor(4) as pool:
        return [image for image in pool.map(show, ids) if image]


def collect(server):
    """All images of the policy's set, as items."""
    rows = look("image", "list", "--property", "image_type=backup", "--property", "backup_type=" + TYPE,
                "--property", "instance_uuid=" + server["id"])
    images = show_all(row["ID"] for row in rows)
    snapshots = snapshot_states() if any(behind(image) for image in images) else {}
    return [item_of(image, snapshots, server) for image in images]


def is_volume_backed(server):
    """Nova goes by the root disk. `image` alone does not tell: a server launched from a volume snapshot has one too."""
    if not server.get("image") or "booted from volume" in str(server["image"]):
        return True
    if not server.get("volumes_attached"):
        return False
    return any(ROOT_DISK.fullmatch(row.get("Device") or "") for row in look("server", "volume", "list", server["id"]))


# --- One server -------------------------------------------------------------------------------------------------------

def back_up(server, policy):
    """Makes one backup, proves it usable, and then removes what the policy releases. Gives how many were removed."""
    if server["status"] not in ("ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED"):
        raise Failure("no backup is possible while the server is %s" % shown(server["status"]))
    if server.get("OS-EXT-STS:task_state"):
        raise Failure("the server is busy (%s)" % shown(server["OS-EXT-STS:task_state"]))
    if options.dry_run:
        items = collect(server)
        items.append({"id": None, "name": "a new backup", "created": utc_now(), "standing": "usable", "why": ""})
        kept, removed = forget(items, policy["keep"])
        tell_plan(server, items, kept, removed, "would be")
        return 0
    begun = time.monotonic()
    new = make(server)
    say(server, "%s is usable after %d s" % (new["name"], time.monotonic() - begun))
    items = collect(server)
    kept, removed = forget(items, policy["keep"])
    if new["id"] not in [item["id"] for item in kept]:
        raise Failure("the new backup is not among those that stay: nothing was removed")
    tell_plan(server, items, kept, removed, "will be")
    return remove(server, removed)


def make(server):
    op = uuid.uuid4().hex
    name = name_for(server, op)
    properties = {"carrete_op": op, "carrete_server": server["id"]}
    volume_backed = is_volume_backed(server)
    image = None
    if not volume_backed:
        try:
            image = create(name, "server", "backup", "create", "--name=" + name, "--type=" + TYPE,
                           "--rotate=" + NO_ROTATION, server["id"])
        except Failure as failure:
            if "volume-backed" not in str(failure):
                raise
            volume_backed = True
    if volume_backed:
        # Nova writes none of these for a volume-backed server, and lets stale ones through.
        properties.update(image_type="backup", backup_type=TYPE, instance_uuid=server["id"])
        image = create(name, "server", "image", "create", "--name=" + name, *as_options(properties), server["id"])
        seal(image, {"carrete_image": image})
    wait_until_usable(image, server, name)
    if not volume_backed:
        try:
            seal(image, properties)
        except Failure as failure:
            say(server, "note: %s" % failure)
    return {"id": image, "name": name}


def create(name, *words):
    """The new image's id. Never sent twice: when the answer is lost, the image is looked for by its unique name."""
    try:
        return ask(*words)["id"]
    except Failure as failure:
        for pause in (0, 10):
            time.sleep(pause)
            if "volume-backed" in str(failure):
                break
            found = look("image", "list", "--name", name)
            if len(found) == 1:
                return found[0]["ID"]
        raise


def wait_until_usable(image, server, name):
    end, pause = time.monotonic() + options.timeout * 60, 2
    while True:
        try:
            record = show_image(image)
        except Gone:
            raise Failure("the backup failed: the cloud removed the half-made image %s" % name) from None
        snapshots = snapshot_states() if behind(record) else {}
        state, why = standing(record, snapshots, server)
        if state == "usable":
            return
        if state != "unfinished":
            raise Failure("%s did not become usable: %s" % (name, why))
        if time.monotonic() > end:
            raise Failure("%s is not usable after %d minutes (%s); it is left alone" % (name, options.timeout, why))
        time.sleep(pause)
        pause = min(pause * 1.5, 30)


def remove(server, items):
    """Oldest first; of each the image, and then the Cinder snapshots behind it that no other image needs."""
    items = list(reversed(items))
    needed = set()
    if any(item["behind"] for item in items):
        going = {item["id"] for item in items}
        others = [row["ID"] for row in look("image", "list", "--long") if not row.get("Size") and row["ID"] not in going]
        needed = {snapshot for image in show_all(others) for snapshot in behind(image)}
    failures, removed = [], 0
    for n, item in enumerate(items):
        try:
            openstack("image", "delete", item["id"])
        except Gone:
            pass
        except Failure as failure:
            failures.append("%s stays: %s" % (shown(item["name"]), failure))
            needed.update(item["behind"])
            continue
        removed += 1
        say(server, "removed %s" % item["name"])
        needed_later = {snapshot for later in items[n + 1:] for snapshot in later["behind"]}
        for snapshot in item["behind"]:
            if snapshot not in needed | needed_later:
                try:
                    remove_snapshot(snapshot)
                except Failure as failure:
                    failures.append("volume snapshot %s stays: %s" % (snapshot, failure))
    if failures:
        raise Failure("the new backup is usable, but " + "; ".join(failures))
    return removed


def remove_snapshot(snapshot):
    try:
        openstack("volume", "snapshot", "delete", snapshot)
    except Gone:
        return
    for _ in range(100):
        state = snapshot_states().get(snapshot)
        if state is None:
            return
        if state != "deleting":
            raise Failure("its state is %s" % shown(state))
        time.sleep(3)
    raise Failure("it is still being deleted")


def name_for(server, op):
    """Unique, and such as Nova accepts: printable, of the basic plane, no spaces outside, no colon."""
    usual = "".join(c if c.isprintable() and ord(c) < 0xFFFE and c != ":" else " " for c in server["name"])
    return "%s-%s-%s" % (" ".join(usual.split())[:180] or "server", utc_now().strftime("%Y-%m-%d-%H-%M-%S"), op[:6])


# --- The run ----------------------------------------------------------------------------------------------------------

def run(ids):
    """(lines of failures, counts). One server's failure does not keep the others from being backed up."""
    counts, failures = {"backed up": 0, "removed": 0, "skipped": 0}, []
    every = not ids
    if every:
        rows = look("server", "list", "--long")
        ids = [row["ID"] for row in rows if "carrete_policy" in (row.get("Properties") or {})]
        if not ids:
            failures.append("no server carries carrete_policy")
    for server_id in ids:
        server = {"id": server_id, "name": server_id}
        try:
            if not ID.fullmatch(server_id):
                raise Failure("not the id of a server")
            server = show_server(server_id)
            text = server["properties"].get("carrete_policy")
            if text is None:
                raise Failure("the server carries no carrete_policy")
            policy = parse_policy(text)
            reason = reason_to_skip(server, policy, every)
            if reason:
                counts["skipped"] += 1
                say(server, "skipped: %s" % reason)
                continue
            counts["removed"] += back_up(server, policy)
            counts["backed up"] += not options.dry_run
        except Failure as failure:
            failures.append("%s (%s): %s" % (shown(server["name"]), shown(server_id), failure))
        except Exception as error:  # Whatever it is: the other servers have a right to their backups.
            failures.append("%s (%s): %s: %s" % (shown(server["name"]), shown(server_id), type(error).__name__, shown(str(error))))
    return failures, counts


def reason_to_skip(server, policy, every):
    if policy["paused"]:
        return "its schedule is paused"
    if policy["every"] is None:
        return "its policy has no schedule" if every or options.due else None
    if options.due:
        slot = last_slot(policy, utc_now() + EARLY)
        # One that is unfinished for longer than any run waits will come to nothing.
        patience = utc_now() - dt.timedelta(minutes=options.timeout)
        for item in collect(server):
            counts = item["standing"] == "usable" or item["standing"] == "unfinished" and item["created"] > patience
            if counts and item["created"] >= slot - EARLY:
                return "%s serves the slot of %sZ" % (item["name"], slot.strftime("%Y-%m-%d %H:%M"))
    return None


def tell_plan(server, items, kept, removed, tense):
    for item in kept:
        say(server, "  %s kept: %s" % (tense, item["name"]))
    for item in removed:
        say(server, "  %s removed: %s" % (tense, item["name"]))
    for item in items:
        if item["standing"] != "usable":
            say(server, "  left alone: %s (%s)" % (item["name"], item["why"]))


def say(server, text):
    if not options.quiet:
        print("carrete-backup: %s: %s" % (shown(server["name"]), shown(text)), flush=True)


def shown(text):
    """Names come from the cloud: nothing in them may steer a terminal or forge a line of a log."""
    return "".join(c if c.isprintable() else "?" for c in str(text))


def utc_now():
    return dt.datetime.fromtimestamp(int(time.time()), dt.timezone.utc).replace(tzinfo=None)


def take_lock(path, minutes):
    """The open file that holds the lock, or None. The system drops it when the process ends, however it ends."""
    lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600), "r+")
    end = time.monotonic() + minutes * 60
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        except BlockingIOError:
            if time.monotonic() >= end:
                return None
            time.sleep(2)


def usual_lock():
    """The same for a person and for cron, whose environment is poor: no XDG_RUNTIME_DIR, perhaps another TMPDIR."""
    home = os.path.expanduser("~")
    if os.access(home, os.W_OK):
        return os.path.join(home, ".carrete-backup.lock")
    return "/tmp/carrete-backup-%d.lock" % os.getuid()


def ping(url, well):
    """Tells a dead-man's switch. That it cannot be told is no failure of the backup: the switch will notice by itself."""
    parts = urllib.parse.urlsplit(url)
    if not well:
        parts = parts._replace(path=parts.path.rstrip("/") + "/fail")
    try:
        urllib.request.urlopen(urllib.parse.urlunsplit(parts), timeout=20).close()
    except Exception as error:
        print("carrete-backup: the ping was not heard: %s" % shown(error), file=sys.stderr)


def plan_json(path):
    """For tests: what this script makes of given policies, items and dates."""
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    answers = []
    for case in cases:
        try:
            policy = parse_policy(case["policy"])
            answer = {"policy": canonical(policy)}
            if "now" in case and policy["every"]:
                answer["slot"] = last_slot(policy, moment(case["now"])).strftime("%Y-%m-%dT%H:%M:%SZ")
            items = [dict(item, created=moment(item["created"])) for item in case.get("items", [])]
            items += [item_of(image, case.get("snapshots", {}), case["server"]) for image in case.get("images", [])]
            kept, removed = forget(items, policy["keep"])
            answer.update(kept=[item["id"] for item in kept], removed=[item["id"] for item in removed])
        except Failure as failure:
            answer = {"error": str(failure)}
        answers.append(answer)
    json.dump(answers, sys.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("servers", nargs="*", metavar="SERVER_ID")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen and change nothing")
    parser.add_argument("--due", action="store_true", help="only servers without a backup since their schedule's last slot")
    parser.add_argument("--ping", metavar="URL", default=os.environ.get("CARRETE_PING_URL") or None,
                        help="dead-man's switch: asked after success, URL/fail after failure (or CARRETE_PING_URL)")
    parser.add_argument("--quiet", action="store_true", help="say only what failed")
    parser.add_argument("--timeout", type=int, default=360, metavar="MINUTES", help="how long one backup may take (360)")
    parser.add_argument("--lock", metavar="FILE", help="lock file, so that no two runs overlap")
    parser.add_argument("--wait-lock", type=int, default=0, metavar="MINUTES", help="wait for another run to end (0)")
    parser.add_argument("--plan-json", metavar="FILE", help=argparse.SUPPRESS)
    parser.parse_args(namespace=options)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    if options.plan_json:
        return plan_json(options.plan_json)
    if options.ping and urllib.parse.urlsplit(options.ping).scheme not in ("http", "https"):
        parser.error("--ping needs an http or https URL")
    path = options.lock or usual_lock()
    try:
        lock = take_lock(path, options.wait_lock)
    except OSError as error:
        parser.error("the lock %s cannot be taken: %s" % (shown(path), error.strerror))
    if lock is None:
        print("carrete-backup: FAILED: another run holds the lock %s" % shown(path), file=sys.stderr)
        return 75
    failures, counts = ["interrupted"], {}
    try:
        failures, counts = run(options.servers)
    except Failure as failure:
        failures = [str(failure)]
    except KeyboardInterrupt:
        pass
    for line in failures:
        print("carrete-backup: FAILED: %s" % line, file=sys.stderr)
    summary = ["%d %s" % (count, what) for what, count in counts.items()] + ["%d failed" % len(failures)]
    if not options.quiet or failures:
        print("carrete-backup: %s%s" % (", ".join(summary), " (dry run)" if options.dry_run else ""), flush=True)
    if options.ping and not options.dry_run:
        ping(options.ping, not failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
