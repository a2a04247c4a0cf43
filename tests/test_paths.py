"""Nudged elastic bands against the papers' equations, image by image, another program, and paths in
closed form.
"""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from spikesampler.errors import InputError
from spikesampler.landscape.band import forces, redistributed
from spikesampler.landscape.paths import Paths, neb
from spikesampler.landscape.precision import enable_x64

SADDLE, BOTTOM = 0.2, 100.0  # angle of the saddle of `ring`, and curvature of its valley


def ring(x):
    """A valley along the unit circle with minima at angles -1 and 1: radius 1 is the minimum energy
    path exactly.
    """
    angle, radius = jnp.arctan2(x[1], x[0]), jnp.sqrt((x**2).sum())
    return along_ring(angle) + BOTTOM * (radius - 1) ** 2 / 2


def along_ring(a):
    """Its derivative is 4 (a² - 1)(a - SADDLE)."""
    return a**4 - 4 / 3 * SADDLE * a**3 - 2 * a**2 + 4 * SADDLE * a


def at(angle):
    return np.array([np.cos(angle), np.sin(angle)])


# forces


def literal_forces(images, energy, slope, k, climb, straighten):
    """Henkelman & Jónsson 2000, Eqs. 8-12, climbing image and switching function, an image at a
    time.
    """
    forces, cases = [], []
    for i in range(1, len(images) - 1):
        forward, backward = images[i + 1] - images[i], images[i] - images[i - 1]
        if energy[i + 1] > energy[i] > energy[i - 1]:
            tangent, case = forward, "up"
        elif energy[i + 1] < energy[i] < energy[i - 1]:
            tangent, case = backward, "down"
        else:
            largest = max(abs(energy[i + 1] - energy[i]), abs(energy[i - 1] - energy[i]))
            smallest = min(abs(energy[i + 1] - energy[i]), abs(energy[i - 1] - energy[i]))
            if energy[i + 1] > energy[i - 1]:
                tangent, case = forward * largest + backward * smallest, "extremum, next is higher"
            else:
                tangent, case = forward * smallest + backward * largest, "extremum, last is higher"
            if largest == 0:
                tangent, case = forward + backward, "flat"
        tangent = tangent / np.linalg.norm(tangent)
        parallel = slope[i].dot(tangent) * tangent
        force = (
            -(slope[i] - parallel)
            + k * (np.linalg.norm(forward) - np.linalg.norm(backward)) * tangent
        )
        if straighten:
            cosine = forward.dot(backward) / np.linalg.norm(forward) / np.linalg.norm(backward)
            spring = k * (forward - backward)
            share = (1 + np.cos(np.pi * cosine)) / 2 if cosine > 0 else 1.0
            force = force + share * (spring - spring.dot(tangent) * tangent)
        if climb and energy[i] == max(energy):
            force, case = -slope[i] + 2 * parallel, "climb"
        forces.append(force)
        cases.append(case)
    return np.array(forces), cases


@pytest.mark.parametrize("climb", [False, True])
@pytest.mark.parametrize("straighten", [False, True])
def test_forces_are_the_papers_equations(climb, straighten):
    """Random paths; every other one has energies rounded to whole numbers, so that some are
    equal.
    """
    rng, seen = np.random.default_rng(0), set()
    with enable_x64(True):
        found = jax.jit(lambda x, e, g, k: forces(lambda images: (e, g), k, climb, straighten, x))
        for number in range(100):
            images, slope = rng.standard_normal((2, 9, 3))
            energy = rng.standard_normal(9) if number % 2 else np.round(rng.standard_normal(9))
            energy[1:-1] -= (
                1e-9 * np.arange(1, 8) * (energy[1:-1] == energy.max())
            )  # one at most is highest
            k = rng.uniform(0.1, 10)
            expected, cases = literal_forces(images, energy, slope, k, climb, straighten)
            np.testing.assert_allclose(
                found(images, energy, slope, k)[1], expected, rtol=1e-10, atol=1e-12
            )
            seen |= {*cases}
    assert len(seen) == 5 + climb


# another program

MULLER_BROWN = np.array(
    [
        [-2, -1, 0, -10, 1, 0],
        [-1, -1, 0, -10, 0, 0.5],
        [-1.7, -6.5, 11, -6.5, -0.5, 1.5],
        [0.15, 0.7, 0.6, 0.7, -1, 1],
    ]
)


def muller_brown(x):
    """Müller & Brown 1979, over 100."""
    height, a, b, c, x0, y0 = MULLER_BROWN.T
    dx, dy = x[0] - x0, x[1] - y0
    return (height * jnp.exp(a * dx**2 + b * dx * dy + c * dy**2)).sum()


ENDS = np.array([[-0.55822363, 1.44172584], [0.6234994, 0.02803776]])  # its deepest minima
N_IMAGES, TIGHT = 9, 1e-6


class Surface:
    """What the Atomic Simulation Environment asks for an atom on `muller_brown`, in numpy; nothing
    depends on z.
    """

    def terms(self, atoms):
        height, a, b, c, x0, y0 = MULLER_BROWN.T
        dx, dy = atoms.positions[0, 0] - x0, atoms.positions[0, 1] - y0
        terms = height * np.exp(a * dx**2 + b * dx * dy + c * dy**2)
        return terms, 2 * a * dx + b * dy, b * dx + 2 * c * dy

    def get_potential_energy(self, atoms, **_):
        return self.terms(atoms)[0].sum()

    def get_forces(self, atoms):
        terms, x, y = self.terms(atoms)
        return np.array([[-terms @ x, -terms @ y, 0.0]])


def other_program(k, climb):
    """Images and energies of a band on `muller_brown`."""
    from ase import Atoms
    from ase.mep import NEB
    from ase.optimize import FIRE

    atoms = [
        Atoms("H", positions=[[*point, 0.0]], calculator=Surface())
        for point in np.linspace(*ENDS, N_IMAGES)
    ]
    band = NEB(atoms, k=k, climb=climb, method="improvedtangent")
    assert FIRE(band, logfile=None, dtmax=0.3, maxstep=0.05).run(fmax=TIGHT, steps=3000)
    return np.array([one.positions[0, :2] for one in atoms]), np.array(
        [one.get_potential_energy() for one in atoms]
    )


@pytest.mark.parametrize(("k", "climb"), [(2.0, False), (20.0, False), (20.0, True)])
def test_images_are_those_of_another_program(k, climb):
    """Both to a residual of 1e-6. The softest motion, along the path, is held by 2 k (1 - cos(π/8))
    = 0.15 k, so images are known to 1e-6/0.3 = 3e-6 each, and energies to that times slopes of up
    to 2.
    """
    images, energy = other_program(k, climb)
    paths = neb(muller_brown, *ENDS, N_IMAGES, spring_constant=k, climb=climb, tolerance=TIGHT)
    assert paths.converged
    assert paths.residual <= TIGHT
    np.testing.assert_allclose(paths.images, images, atol=1e-5)
    np.testing.assert_allclose(paths.energy, energy, atol=2e-5)
    assert paths.barrier == pytest.approx(energy.max() - energy[0], abs=2e-5)
    assert paths.reverse_barrier == pytest.approx(energy.max() - energy[-1], abs=2e-5)
    assert (np.diff(paths.distance) > 0).all()
    if not climb:  # along the path there is nothing but the springs
        assert np.abs(np.diff(paths.distance, 2)).max() <= TIGHT / k


# paths in closed form


def test_a_climbing_image_is_the_saddle_and_a_path_is_the_same_from_both_ends():
    """Both ways at once. Curvatures at the saddle are 100 and -3.84, so it is known to
    1e-7/3.84.
    """
    a, b = at(-1), at(1)
    paths = neb(ring, [a, b], [b, a], 14, climb=True, tolerance=1e-7)
    assert paths.converged.all()
    for images, energy in zip(paths.images, paths.energy):
        np.testing.assert_allclose(images[energy.argmax()], at(SADDLE), atol=1e-7)
    height = along_ring(SADDLE) - along_ring(np.array([-1, 1]))
    np.testing.assert_allclose(paths.barrier, height, atol=1e-12)
    np.testing.assert_allclose(paths.reverse_barrier, height[::-1], atol=1e-12)
    np.testing.assert_allclose(paths.images[0], paths.images[1, ::-1], atol=1e-6)
    assert (paths.images[:, [0, -1]] == [[a, b], [b, a]]).all()


def test_images_lie_off_the_path_as_their_chords_do():
    """A chord leaves the circle by half its angle, δ/2, so across it 100 (1 - r) cos(δ/2) balances
    V' sin(δ/2).

    That r changes along the path turns a chord further, by V''/100 of δ/2. What is left out is of
    second order in both: (V''/100)² and δ², together 2 %.
    """
    paths = neb(ring, at(-1), at(1), 21, tolerance=1e-7)
    assert paths.converged
    angle, radius = np.arctan2(*paths.images[:, ::-1].T), np.linalg.norm(paths.images, axis=1)
    slope = np.abs(4 * (angle**2 - 1) * (angle - SADDLE))
    curvature, delta = 12 * angle**2 - 8 * SADDLE * angle - 4, np.diff(angle).mean()
    expected = slope * np.tan(delta / 2 * (1 + curvature / BOTTOM)) / BOTTOM
    left_out = (np.abs(curvature).max() / BOTTOM) ** 2 + delta**2
    assert left_out < 0.02
    away = np.delete(np.arange(21), [0, 20, paths.energy.argmax()])
    np.testing.assert_allclose((1 - radius)[away], expected[away], rtol=left_out)
    assert (
        0 < along_ring(SADDLE) - along_ring(-1) - paths.barrier < 3.84 / 2 * 0.05**2
    )  # the top is within δ/2
    again = neb(ring, at(-1), at(1), 21, initial=paths.images, tolerance=1e-7)
    assert again.steps == 0  # where they are, they stay
    assert (again.images == paths.images).all()


def test_redistribution_makes_distances_equal_where_springs_are_too_soft():
    options = {"spring_constant": 1e-3, "tolerance": 1e-3, "max_steps": 400}
    spread = [
        np.ptp(np.diff(neb(ring, at(-1), at(1), 12, redistribute=every, **options).distance))
        for every in (0, 5)
    ]
    assert spread[1] < 1e-4 < 1e-2 < spread[0]  # the second one is control


def test_redistributed_images_divide_the_chords_into_equal_lengths():
    images = np.cumsum(np.random.default_rng(0).standard_normal((9, 3)), axis=0)
    with enable_x64(True):
        found = np.asarray(redistributed(jnp.asarray(images)))
    length = Paths(images, *[None] * 4).distance
    fine = np.linspace(0, length[-1], 8 * 10**4 + 1)
    dense = np.stack([np.interp(fine, length, column) for column in images.T], axis=1)
    np.testing.assert_allclose(found, dense[:: 10**4], atol=1e-12)


# robustness


def stiff(x):
    """Two minima; across the path the curvature falls from 1e5 at one to 1 at the other, and the
    path is curved.
    """
    return (x[0] ** 2 - 1) ** 2 + jnp.exp(5.76 * (1 - x[0])) * (x[1] - jnp.sin(2 * x[0])) ** 2 / 2


def test_a_stiff_end_and_a_first_step_far_too_long_do_no_harm():
    """sin 2 at both ends; with a step_size of 10 a plain step would multiply errors by 1e7."""
    ends = np.array([[-1, -np.sin(2)], [1, np.sin(2)]])
    paths = neb(stiff, *ends, 15, step_size=10, spring_constant=1, max_steps=10_000)
    assert paths.converged
    assert paths.barrier == pytest.approx(1, abs=0.05)
    assert (np.diff(paths.distance) > 0).all()


def test_a_step_out_of_where_the_energy_is_defined_is_taken_back():
    """The valley of y log(y/b) - y is at y = b, next to where it is not defined; images come from y
    = 1.
    """
    b, calls = 1e-3, []

    def valley(x):
        jax.debug.callback(lambda y: calls.append(float(y)), x[1])
        return (x[0] ** 2 - 1) ** 2 + x[1] * jnp.log(x[1] / b) - x[1]

    initial = np.stack([np.linspace(-1, 1, 7), [b, 0.5, 1, 1, 1, 0.5, b]], axis=1)
    paths = neb(valley, [-1, b], [1, b], 7, initial=initial, tolerance=1e-3)
    assert min(calls) < 0
    assert paths.converged
    assert paths.images[1:-1, 1] == pytest.approx(b, rel=1e-2)
    assert paths.barrier == pytest.approx(1, rel=1e-5)


def test_straightening_unfolds_a_path_where_the_energy_is_flat():
    """Of a turn φ remains what is held by less than the tolerance: φ⁵ π²/16 k/4 < 1e-4 for φ <
    0.15; and a control.
    """

    def channel(x):  # so low that it does not bend paths either
        return 1e-5 * (x[0] ** 2 - 1) ** 2

    initial = np.stack(
        [np.linspace(-1, 1, 9), 0.5 * np.array([0, 1, -1, 1, -1, 1, -1, 1, 0])], axis=1
    )
    ends = initial[[0, -1]]
    found = [
        neb(channel, *ends, 9, initial=initial, tolerance=1e-4, straighten=on)
        for on in (True, False)
    ]
    assert all(paths.converged for paths in found)
    assert found[0].turning_angle.max() < 0.15
    assert found[1].turning_angle.max() > 1.2


# many paths


def network(x):
    """Mean squared error of 1-3-1 ReLUs: gradients that jump, and bits that change with any order
    of sums.
    """
    x, inputs = x[:9].reshape(3, 3), np.linspace(-1, 1, 20)
    hidden = jnp.maximum(inputs[:, np.newaxis] * x[0] + x[1], 0)
    return jnp.where(abs(x).max() > 5, jnp.nan, ((hidden @ x[2] - inputs**2) ** 2).mean())


def test_a_path_does_not_depend_on_the_others():
    """To the last bit; so a run can be repeated. One path is not finite midway, another a tenth as
    long as the rest.

    A first step of 1 is longer than allowed, so that lengths matter.
    """
    rng = np.random.default_rng(0)
    ends = rng.standard_normal((4, 9))
    start = rng.standard_normal(9)
    ends[2] = start + (ends[2] - start) / 10
    initial = start + np.linspace(0, 1, 8)[:, np.newaxis] * (ends - start)[:, np.newaxis]
    initial[:, -1] = ends
    initial[1, 3] = 9.0
    options = {"tolerance": 0.05, "max_steps": 130, "step_size": 1}
    together = neb(network, start, ends, 8, initial=initial, **options)
    assert together.images.shape == (4, 8, 9)
    assert np.isnan(together.residual[1])
    assert together.steps[1] == 0
    assert len({*together.steps}) > 1
    assert (together.converged == (together.residual <= 0.05)).all()
    alone = neb(network, start, ends[2], 8, initial=initial[2], **options)
    for one, same in zip(alone, [field[2] for field in together]):
        np.testing.assert_array_equal(one, same)


def test_what_did_not_converge_says_how_far_it_came():
    """And with the images of the lowest residual; that is checked by the literal forces."""
    said = []
    paths = neb(
        ring,
        at(-1),
        [at(1), at(0.9)],
        9,
        max_steps=60,
        tolerance=1e-12,
        spring_constant=3.0,
        progress=lambda *news: said.append(news),
    )
    assert not paths.converged.any()
    assert paths.steps.tolist() == [60, 60]
    assert [news[:2] for news in said] == [(25, 60), (50, 60), (60, 60)]
    assert said[-1][2] == f"0 of 2 paths converged, residual {paths.residual.max():.3g}"
    left = [float(news[2].split()[-1]) for news in said]
    assert left == sorted(left, reverse=True)
    with enable_x64(True):
        for images, residual in zip(paths.images, paths.residual):
            energy, slope = jax.jit(jax.vmap(jax.value_and_grad(ring)))(images)
            forces, _ = literal_forces(
                images, np.asarray(energy), np.asarray(slope), 3.0, False, False
            )
            assert residual == pytest.approx(np.linalg.norm(forces, axis=1).max(), rel=1e-9)
            assert residual > 1e-3


def test_float64_is_for_the_bands_alone():
    assert not jax.config.jax_enable_x64
    paths = neb(lambda x: ((x**2 - 1) ** 2).sum(), [-1], [1], 5, tolerance=1e-12)
    assert paths.converged
    assert {field.dtype for field in paths[:3]} == {np.dtype(float)}
    assert paths.images[2, 0] == pytest.approx(0, abs=1e-11)
    assert jnp.ones(1).dtype == jnp.float32


# what a path is asked


def path(*points):
    images = np.array(points, float)
    return Paths(images, images[..., 0] ** 2, *[None] * 3)


def test_distance_turning_and_barriers_of_paths_made_by_hand():
    straight = path([0, 0, 0], [1, 2, 2], [3, 6, 6], [4, 8, 8])
    np.testing.assert_allclose(straight.distance, [0, 3, 9, 12], rtol=1e-15)
    np.testing.assert_allclose(straight.turning_angle, [0, 0], atol=1e-15)
    bent = path([3, 0], [0, 0], [0, 4], [-1e-9, 9], [0, 4], [-2, 6])
    np.testing.assert_allclose(
        bent.turning_angle, [np.pi / 2, 2e-10, np.pi, np.pi / 4 + np.pi / 2], rtol=1e-9
    )
    assert (bent.barrier, bent.reverse_barrier) == (0, 5)
    both = Paths(
        np.array([bent.images, 2 * bent.images]), np.array([[0, 3, 1], [2, 7, -1]]), *[None] * 3
    )
    np.testing.assert_allclose(both.distance, [bent.distance, 2 * bent.distance], rtol=1e-15)
    np.testing.assert_allclose(both.turning_angle, [bent.turning_angle] * 2, rtol=1e-15)
    assert both.barrier.tolist() == [3, 5]
    assert both.reverse_barrier.tolist() == [2, 8]


# bad input

A, B = [0.0, 0.0], [1.0, 1.0]
LINE = np.linspace(A, B, 5)
BAD = {
    "n_images=2: expected a whole number, 3 or more": ((A, B, 2), {}),
    r"n_images=5\.0: expected a whole number": ((A, B, 5.0), {}),
    "spring_constant=0: expected a positive number": ((A, B, 5), {"spring_constant": 0}),
    "tolerance=-1: expected a positive number": ((A, B, 5), {"tolerance": -1}),
    "step_size=nan: expected a positive number": ((A, B, 5), {"step_size": np.nan}),
    "max_steps=0: expected a whole number, 1 or more": ((A, B, 5), {"max_steps": 0}),
    "redistribute=-1: expected a whole number, 0 or more": ((A, B, 5), {"redistribute": -1}),
    "climb with redistribute=2: expected one of them": (
        (A, B, 5),
        {"redistribute": 2, "climb": True},
    ),
    r"start and end of path 0 are the same point: expected two": ((A, A, 5), {}),
    r"start and end of path 1 are the same point: expected two": ((B, [A, B], 5), {}),
    r"start has shape \(2,\), end \(3,\): expected": ((A, [1.0, 1, 1], 5), {}),
    r"start has shape \(3, 2\), end \(2, 2\): expected": (([A] * 3, [B] * 2, 5), {}),
    r"start has shape \(1, 2\), end \(2, 2\): expected": (([A], [B] * 2, 5), {}),
    r"end has shape \(1, 1, 2\): expected finite numbers": ((A, [[B]], 5), {}),
    r"start has shape \(\): expected finite numbers": ((0.0, B, 5), {}),
    r"end has shape \(2,\): expected finite numbers": ((A, [1.0, np.nan], 5), {}),
    r"start has shape \(0, 2\): expected finite numbers": ((np.zeros((0, 2)), B, 5), {}),
    r"initial has shape \(5, 2\): expected finite numbers of shape \(6, 2\)": (
        (A, B, 6),
        {"initial": LINE},
    ),
    r"initial has shape \(1, 5, 2\): expected .* \(5, 2\)": ((A, B, 5), {"initial": [LINE]}),
    r"initial has shape \(5, 2\): expected .* \(1, 5, 2\)": (([A], B, 5), {"initial": LINE}),
    r"initial has shape \(5, 2\): expected finite numbers of shape \(5, 2\)": (
        (A, B, 5),
        {"initial": LINE + np.inf},
    ),
    "initial begins or ends elsewhere than start and end": ((A, B, 5), {"initial": 2 * LINE}),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input_is_refused(message):
    given, options = BAD[message]
    with pytest.raises(InputError, match=f"^{message}"):
        neb(lambda x: (x**2).sum(), *given, **options)


def test_energies_that_are_not_finite_or_no_number_are_refused():
    def energy(x):
        return jnp.where(x[0] > 1.5, jnp.inf, jnp.log(1 + x[0]))

    with pytest.raises(
        InputError, match=r"^energy is inf at the end of path 1: expected a finite one; leave this"
    ):
        neb(energy, A, [B, [2, 2], [3, 3]], 5)
    with pytest.raises(
        InputError, match=r"^energy is nan at the start of path 0: expected a finite one"
    ):
        neb(energy, [-2, 0], B, 5)
    with pytest.raises(
        InputError, match=r"^energy has shape \(2,\): expected a scalar; give its mean, say"
    ):
        neb(lambda x: x, A, B, 5)


# without jax


WITHOUT = """
import sys
for name in ("jax", "optax", "statsmodels"):
    sys.modules[name] = None
from spikesampler import landscape, networks, stats
from spikesampler.cli import main
from spikesampler.errors import InputError
from spikesampler.experiments import compare, objective, run, sweep
from spikesampler.networks.optimizers import make_optimizer
for needs in (lambda: landscape.neb, lambda: make_optimizer("momentum")):
    try:
        needs()
    except InputError as error:
        print(error)
"""


def test_what_needs_an_extra_says_so_and_nothing_else_does():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=True
    )
    for line, start in zip(
        done.stdout.splitlines(), ("neb needs jax (", "training needs optax ("), strict=True
    ):
        assert line.startswith(start)
        assert line.endswith("; install it with: pip install 'spikesampler[landscape]'")
