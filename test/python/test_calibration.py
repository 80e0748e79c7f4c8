"""What the device description says of single instructions, the simulator says as well."""

import pytest
from tilework import devices
from tilework.tools.bench.calibration import points

POINTS = points()


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_points_are_modelled(point):
    device = devices.load(point.device)
    value = point.model(device, device.profiles[0])
    assert value > 0
    if point.input:
        assert value == pytest.approx(point.published, rel=0.01)
