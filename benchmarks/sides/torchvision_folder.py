"""torchvision's side of the pictures: ImageFolder and PyTorch's DataLoader, cut, mirrored, normalized, as its examples do."""

import torch
from serving import serve

try:
    from torchvision import datasets, transforms
except RuntimeError:
    # One built for CUDA beside a PyTorch for CPUs lacks its operators on boxes, and folders of pictures need none.
    boxes = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        boxes.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from torchvision import datasets, transforms


def pictures(options):
    """A pass over the pictures, each batch in hand before the next is asked for."""
    means, deviations = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    steps = [
        transforms.Resize(256),
        transforms.RandomCrop(224),
        transforms.RandomHorizontalFlip(),
        transforms.ToTensor(),
        transforms.Normalize(means, deviations),
    ]
    folder = datasets.ImageFolder(f"{options['data']}/folder", transforms.Compose(steps))
    told = {"shuffle": True, "num_workers": options["workers"], "drop_last": True}
    loaded = torch.utils.data.DataLoader(folder, options["batch_size"], persistent_workers=options["workers"] > 0, **told)

    def run():
        return sum(len(images) for images, _ in loaded)

    return run


if __name__ == "__main__":
    serve({"pictures": pictures})
