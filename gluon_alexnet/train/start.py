"""A run begun, or gone on with: its history, its length and the state that its loop starts from."""

import datetime
import math
from dataclasses import replace

from gluon_alexnet import files_io
from gluon_alexnet.errors import CheckpointError, UserError
from gluon_alexnet.settings import Settings, movable
from gluon_alexnet.train import budget, checkpoint
from gluon_alexnet.train.history import History
from gluon_alexnet.train.loop import Pass, Run
from gluon_alexnet.train.progress import clock


def kept(folder, resume):
    """(the folder of a run as a Path or None, the state of its checkpoint or None where it is not to be resumed).

    Raises UserError where the folder holds a run that is not to be resumed, and where none is named for one that is.
    """
    if folder is None:
        if resume:
            raise UserError("resume needs the folder of the run: fit(..., folder='runs/...', resume=True)")
        return None, None
    folder = files_io.user_path(folder)
    if not resume and (folder / "last.json").exists():
        raise UserError(f"{folder} holds a run already: go on with it by resume=True, or name another folder")
    return folder, checkpoint.read(folder) if resume else None


def as_begun(settings, state):
    """The Settings of a run that goes on from a checkpoint of this `state`, where there is one."""
    if state is None or settings.precision != "auto":
        return settings
    # What was the fastest where the run began, be it here or on another machine.
    return replace(settings, precision=state["history"]["settings"]["precision"])


def told(settings, place, parts, net):
    """What the History of a run says of its settings: all of them, resolved for this net, data and machine."""
    return {
        **settings.as_json(),
        "model": settings.model or getattr(net, "made_as", None) or type(net).__name__.lower(),
        "precision": place.precision,
        "precision_reason": place.reason,
        "device": place.devices,
        "steps_per_epoch": len(parts.train),
        "train_data": parts.settings(),
    }


def check_same(settings, data, state, folder):
    """Raises CheckpointError where the run in `folder`, of this `state`, had other settings or learned from other data."""
    if state is None:
        return
    history = state["history"]
    # A run from before a setting was there had what is now its default.
    then = {**Settings().as_json(), **history["settings"]}
    # Why the precision is what it is may differ from machine to machine.
    compared = {name: value for name, value in settings.items() if name not in ("precision_reason", *movable())}
    changed = [f"{name} was {then.get(name)!r} and is {value!r}" for name, value in compared.items() if then.get(name) != value]
    if changed:
        raise CheckpointError(f"the run in {folder} cannot be resumed with other settings ({'; '.join(changed)}): use the same")
    if any(data[key] != history["data"][key] for key in ("name", "sha256")):
        raise CheckpointError(
            f"the run in {folder} learned from {history['data']['name']} and the data at hand is {data['name']}, of other "
            "content: name the folder of the same data"
        )


def new(net, classes, stepper, settings, told, data, folder, begun, sizes, total, hooks):
    """The Run of `total` steps that begins here; told, data: what its History says of settings and data. hooks: its Callbacks."""
    told["total_steps"] = total
    history = History(
        model=told["model"],
        params=sum(math.prod(p.shape) for p in net.collect_params().values() if p.grad_req != "null"),
        settings=told,
        machine=stepper.machine(),
        data=data,
        started=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
    )
    plan = budget.Plan(total, total)
    return Run(net, classes, stepper, history, folder, 0, Pass(), None, begun, history.seconds, sizes, plan, settings, hooks)


def resumed(net, classes, stepper, settings, state, folder, begun, sizes, hooks):
    """The Run that was kept in `folder` with this `state`, where it was stopped."""
    checkpoint.load_net(folder, state, net, stepper.contexts)
    stepper.take()
    history = History.from_dict(state["history"])
    if history.stopped in ("interrupted", "failed"):
        history.stopped, history.reason = None, ""
    # As many as steps before gradients could be summed over several.
    updates = state.get("updates", state["step"])
    stepper.reset_optimizer(updates=updates)
    # Before the first update there is no state, which then is made anew.
    if updates and "optimizer" in state["files"]:
        checkpoint.load_optimizer(folder, state, stepper)
    # A checkpoint from before runs were planned anew has no plan: its run keeps its length.
    total = history.settings["total_steps"]
    plan = budget.Plan(**state.get("plan", {"total": total, "schedule": total}))
    step, current, best = state["step"], Pass(**state["pass"]), state["best"]
    run = Run(net, classes, stepper, history, folder, step, current, best, begun, history.seconds, sizes, plan, settings, hooks)
    run.go_on(state)
    return run


def shortened(told):
    """A sentence that says that evaluations will be of a part of the images, None where they will not."""
    if not (minutes := told["minutes"]):
        return None
    evaluations = math.ceil(told["total_steps"] / told["steps_per_epoch"])
    seconds = told["measured_seconds"]["evaluate"]
    share = budget.share_evaluated(minutes, evaluations, seconds)
    if share == 1:
        return None
    return (
        f"To end in {clock(minutes * 60)}, of which no more than {budget.EVALUATED_SHARE:.0%} go into evaluation, each is of "
        f"about {share:.0%} of the images, spread evenly: all of them would take {clock(seconds)}"
    )
