"""Whole programs: loops, branches, scopes, task ids, and what an execution hands back."""

import numpy as np
import pytest
import tilework.dialects  # noqa: F401 (registers the dialects)
from reference_harness import execute
from tilework.ir import Context, Module
from tilework.reference import ExecutionError, ScopeRun, UndefinedError, interpret

PROLOGUE = """
#file = loc("layer.py":3:5)
module { task.entry @main(%s) {
  %%c0 = arith.constant 0 : index
  %%c1 = arith.constant 1 : index
  %%c2 = arith.constant 2 : index
  %%c4 = arith.constant 4 : index
  %%f0 = arith.constant 0.0 : f32
  %%f1 = arith.constant 1.0 : f32
  %s
} }"""


def run(arguments, body, args):
    with Context():
        return interpret(Module.parse(PROLOGUE % (arguments, body)), "main", args)


@pytest.mark.parametrize("loop, end", [
    ("scf.for %i = %lo to %hi step %st iter_args(%s = %c0) -> (index)", "scf.yield"),
    ("tile.pipeline %i = %lo to %hi step %st stages(2) iter_args(%s = %c0) -> (index)",
     "tile.yield"),
    ("task.parallel %i = %lo to %hi step %st chunk(2) iter_args(%s = %c0) -> (index)",
     "task.yield"),
])  # fmt: skip
@pytest.mark.parametrize("bounds", [(0, 10, 3), (2, 3, 1), (5, 5, 1), (7, 2, 1)])
def test_counting_loops_run_in_order(loop, end, bounds):
    text = f"""%c0 = arith.constant 0 : index
      %ten = arith.constant 10 : index
      %r = {loop} {{
        %m = arith.muli %s, %ten : index
        %n = arith.addi %m, %i : index
        {end} %n : index
      }}"""
    text = text.replace("{", "{{").replace("}", "}}")
    wanted = 0
    for i in range(*bounds):
        wanted = wanted * 10 + i
    values = dict(zip(("lo", "hi", "st"), bounds, strict=True))
    assert execute(text, values, "index") == wanted


def test_a_loop_needs_a_positive_step():
    text = """%r = scf.for %i = %a to %b step %a iter_args(%s = %b) -> (index) {{
        scf.yield %s : index
      }}"""
    with pytest.raises(ExecutionError, match=r"'scf.for' expects a positive step, but got 0"):
        execute(text, {"a": 0, "b": 4}, "index")


def test_while_runs_until_its_condition_fails():
    text = """%one = arith.constant 1 : index
      %r:2 = scf.while (%i = %a, %s = %a) : (index, index) -> (index, index) {{
        %go = arith.cmpi slt, %i, %b : index
        scf.condition(%go) %i, %s : index, index
      }} do {{
      ^bb0(%i: index, %s: index):
        %j = arith.addi %i, %one : index
        %t = arith.addi %s, %j : index
        scf.yield %j, %t : index, index
      }}
      %q = arith.addi %r#0, %r#1 : index"""
    text = text.replace("%r:2", "%w:2").replace("%r#", "%w#").replace("%q", "%r")
    assert execute(text, {"a": 0, "b": 5}, "index") == 5 + 15


@pytest.mark.parametrize("condition, wanted", [(True, 2.0), (False, 1.0)])
def test_a_branch_runs_one_region(condition, wanted):
    text = """%r = scf.if %c -> ({x}) {{
        %t = tile.add %x, %x : {x}, {x}
        scf.yield %t : {x}
      }} else {{
        scf.yield %x : {x}
      }}"""
    result = execute(text, {"c": condition, "x": np.ones((1, 1), np.float32)}, "tensor<1x1xf32>")
    assert result.data.tolist() == [[wanted]]


def test_a_branch_without_else_may_only_check():
    text = """scf.if %c {{ tile.check positive(%n) }}
      %r = arith.addi %n, %n : index"""
    assert execute(text, {"c": False, "n": -1}, "index") == -2
    with pytest.raises(ExecutionError, match="-1 to be positive"):
        execute(text, {"c": True, "n": -1}, "index")


LAYER = """
  %r:2 = task.parallel %i = %c0 to %c4 step %c2 iter_args(%o = %y, %t = %none)
      -> (tensor<4x2xf32>, !task.id) {
    %o2, %id = task.scope "rows" core_group deps(%t : !task.id) split(automatic)
        -> (tensor<4x2xf32>) {
      %a = tensor.extract_slice %x[%i, 0] [2, 2] [1, 1] : tensor<4x2xf32> to tensor<2x2xf32>
      %b = tile.mul %a, %s : tensor<2x2xf32>, f32
      %w = tensor.insert_slice %b into %o[%i, 0] [2, 2] [1, 1]
        : tensor<2x2xf32> into tensor<4x2xf32>
      task.yield %w : tensor<4x2xf32>
    } loc(#file)
    task.yield %o2, %id : tensor<4x2xf32>, !task.id
  }
  task.return %r#0 : tensor<4x2xf32>"""


def test_a_program_writes_its_outputs_and_reports_its_scopes():
    x = np.arange(8, dtype=np.float32).reshape(4, 2)
    y = np.full((4, 2), 9, np.float32)
    arguments = "in %x: tensor<4x2xf32>, in %s: f32, out %y: tensor<4x2xf32>"
    result = run(arguments, "%none = task.none" + LAYER, [x, 3.0, y])
    assert result.outputs[2].tolist() == (x * 3).tolist()
    assert result.scopes == [ScopeRun("rows", "layer.py:3:5")] * 2
    assert y.tolist() == [[9, 9]] * 4, "the caller's array changes only when written back"
    result.write_back([x, 3.0, y])
    assert y.tolist() == (x * 3).tolist()


def test_what_an_output_never_wrote_keeps_the_callers_value():
    body = """%v = tensor.insert %f1 into %y[%c1] : tensor<3xf32>
      task.return %v : tensor<3xf32>"""
    y = np.array([4, 5, 6], np.float32)
    assert run("out %y: tensor<3xf32>", body, [y]).outputs[0].tolist() == [4, 1, 6]


def test_inputs_are_never_written():
    body = """%v = tensor.insert %f1 into %x[%c1] : tensor<3xf32>
      %w = tensor.insert %f1 into %v[%c2] : tensor<3xf32>
      %z = tile.add %w, %x : tensor<3xf32>, tensor<3xf32>
      task.return %z : tensor<3xf32>"""
    x, y = np.zeros(3, np.float32), np.zeros(3, np.float32)
    result = run("in %x: tensor<3xf32>, out %y: tensor<3xf32>", body, [x, y])
    assert result.outputs[1].tolist() == [0, 1, 1]
    assert x.tolist() == [0, 0, 0]


def test_an_input_is_not_written_by_its_last_use():
    body = """%v = tensor.insert %f1 into %x[%c1] : tensor<3xf32>
      task.return %v : tensor<3xf32>"""
    x, y = np.zeros(3, np.float32), np.zeros(3, np.float32)
    result = run("in %x: tensor<3xf32>, out %y: tensor<3xf32>", body, [x, y])
    assert result.outputs[1].tolist() == [0, 1, 0]
    assert x.tolist() == [0, 0, 0]


def test_a_loop_may_use_its_initial_value_in_its_body():
    body = """%v = scf.for %i = %c0 to %c2 step %c1 iter_args(%o = %z) -> (tensor<2xf32>) {
        %n = tensor.insert %f1 into %o[%i] : tensor<2xf32>
        %s = tile.add %n, %z : tensor<2xf32>, tensor<2xf32>
        scf.yield %s : tensor<2xf32>
      }
      task.return %v : tensor<2xf32>"""
    fill = "%z = tile.full %f1() : f32 -> tensor<2xf32>\n"
    result = run("out %y: tensor<2xf32>", fill + body, [np.zeros(2, np.float32)])
    assert result.outputs[0].tolist() == [3, 2]


def test_an_update_in_a_loop_leaves_the_value_before_the_loop():
    body = """%v = scf.for %i = %c0 to %c2 step %c1 iter_args(%o = %z) -> (tensor<3xf32>) {
        %n = tensor.insert %f1 into %o[%i] : tensor<3xf32>
        scf.yield %n : tensor<3xf32>
      }
      %d = tile.sub %v, %z : tensor<3xf32>, tensor<3xf32>
      task.return %d : tensor<3xf32>"""
    fill = "%z = tile.full %f0() : f32 -> tensor<3xf32>\n"
    result = run("out %y: tensor<3xf32>", fill + body, [np.zeros(3, np.float32)])
    assert result.outputs[0].tolist() == [1, 1, 0]


def test_one_tensor_carried_twice_is_updated_once():
    body = """%v:2 = scf.for %i = %c0 to %c2 step %c1 iter_args(%p = %z, %q = %z)
          -> (tensor<2xf32>, tensor<2xf32>) {
        %n = tensor.insert %f1 into %p[%i] : tensor<2xf32>
        scf.yield %n, %q : tensor<2xf32>, tensor<2xf32>
      }
      task.return %v#1 : tensor<2xf32>"""
    fill = "%z = tile.full %f0() : f32 -> tensor<2xf32>\n"
    result = run("out %y: tensor<2xf32>", fill + body, [np.ones(2, np.float32)])
    assert result.outputs[0].tolist() == [0, 0]


def test_branches_update_without_touching_the_other_uses():
    body = """%v = scf.if %go -> (tensor<2xf32>) {
        %n = tensor.insert %f1 into %z[%c0] : tensor<2xf32>
        scf.yield %n : tensor<2xf32>
      } else {
        scf.yield %z : tensor<2xf32>
      }
      %n2 = tensor.insert %f1 into %z[%c1] : tensor<2xf32>
      %d = tile.sub %v, %n2 : tensor<2xf32>, tensor<2xf32>
      task.return %d : tensor<2xf32>"""
    fill = "%z = tile.full %f0() : f32 -> tensor<2xf32>\n"
    arguments = "in %go: i1, out %y: tensor<2xf32>"
    y = np.zeros(2, np.float32)
    assert run(arguments, fill + body, [True, y]).outputs[1].tolist() == [1, -1]
    assert run(arguments, fill + body, [False, y]).outputs[1].tolist() == [0, -1]


def test_updates_of_a_large_tensor_happen_in_place(monkeypatch):
    copies = []
    body = """%v = task.parallel %i = %c0 to %c4 step %c1 iter_args(%o = %y) -> (tensor<4xf32>) {
        %w, %id = task.scope "s" core_group split(automatic) -> (tensor<4xf32>) {
          %n = scf.if %go -> (tensor<4xf32>) {
            %m = tensor.insert %f1 into %o[%i] : tensor<4xf32>
            scf.yield %m : tensor<4xf32>
          } else {
            scf.yield %o : tensor<4xf32>
          }
          task.yield %n : tensor<4xf32>
        }
        task.yield %w : tensor<4xf32>
      }
      task.return %v : tensor<4xf32>"""
    from tilework.reference import tensors

    def counting(data, *rest):
        copies.append(data.shape)
        return original(data, *rest)

    original = tensors.Tensor
    monkeypatch.setattr(tensors, "Tensor", counting)
    result = run("in %go: i1, out %y: tensor<4xf32>", body, [True, np.zeros(4, np.float32)])
    assert result.outputs[1].tolist() == [1, 1, 1, 1]
    assert copies == []


def test_task_ids_differ_and_joins_take_one():
    body = """%t0 = task.none
      %ids = tensor.splat %t0 : tensor<3x!task.id>
      %y0, %a = task.scope "a" core_group split(automatic) -> (tensor<1xf32>) {
        task.yield %y : tensor<1xf32>
      }
      %i1 = tensor.insert %a into %ids[%c1] : tensor<3x!task.id>
      %j = task.join(%a, %i1 : !task.id, tensor<3x!task.id>)
      %i2 = tensor.insert %j into %i1[%c2] : tensor<3x!task.id>
      %y1, %b = task.scope "b" core_group deps(%i2 : tensor<3x!task.id>) split(automatic)
          -> (tensor<1xf32>) {
        task.yield %y0 : tensor<1xf32>
      }
      task.return %y1 : tensor<1xf32>"""
    result = run("out %y: tensor<1xf32>", body, [np.zeros(1, np.float32)])
    assert [scope.name for scope in result.scopes] == ["a", "b"]


def test_auto_runs_as_it_stands():
    body = """%v = task.auto split(none) -> (tensor<2xf32>) {
        %n = tile.add %y, %f1 : tensor<2xf32>, f32
        task.yield %n : tensor<2xf32>
      }
      task.return %v : tensor<2xf32>"""
    result = run("inout %y: tensor<2xf32>", body, [np.array([1, 2], np.float32)])
    assert result.outputs[0].tolist() == [2, 3] and result.scopes == []


UNDEFINED_OUTPUT = """%e = tile.empty() : tensor<2x1xf32>
  %y0, %id = task.scope "tail" core_group split(automatic) -> (tensor<2x3xf32>) {
    %v = tensor.insert_slice %e into %y[0, 1] [2, 1] [1, 1]
      : tensor<2x1xf32> into tensor<2x3xf32> loc("layer.py":7:9)
    task.yield %v : tensor<2x3xf32>
  }
  task.return %y0 : tensor<2x3xf32>"""


def test_an_undefined_element_may_not_reach_the_caller():
    arguments = 'out %y: tensor<2x3xf32> loc("logits"("layer.py":1:2))'
    with pytest.raises(UndefinedError) as caught:
        run(arguments, UNDEFINED_OUTPUT, [np.zeros((2, 3), np.float32)])
    assert str(caught.value) == (
        "layer.py:7:9: in scope 'tail': expects every element of 'logits' to be defined, but got "
        "an undefined one at [0, 1]"
    )


def test_the_last_write_of_undefined_elements_is_named():
    body = """%e = tile.empty() : tensor<1xf32>
      %a = tensor.insert_slice %e into %y[0] [1] [1] : tensor<1xf32> into tensor<2xf32> loc("a":7:1)
      %b = tensor.insert_slice %e into %a[1] [1] [1] : tensor<1xf32> into tensor<2xf32> loc("a":8:1)
      %c = tensor.insert %f1 into %b[%c0] : tensor<2xf32> loc("a":9:1)
      task.return %c : tensor<2xf32>"""
    with pytest.raises(UndefinedError, match=r"a:8:1: .* undefined one at \[1\]"):
        run("out %y: tensor<2xf32>", body, [np.zeros(2, np.float32)])


def test_undefined_elements_that_stay_inside_are_no_error():
    body = """%e = tile.empty() : tensor<2xf32>
      %v = tile.add %e, %y : tensor<2xf32>, tensor<2xf32>
      task.return %y : tensor<2xf32>"""
    result = run("out %y: tensor<2xf32>", body, [np.ones(2, np.float32)])
    assert result.outputs[0].tolist() == [1, 1]


@pytest.mark.parametrize("use, what", [
    ("scf.for %i = %c0 to %u step %c1 { tile.check positive(%c1) }", "a loop bound"),
    ("scf.for %i = %c0 to %c1 step %u { tile.check positive(%c1) }", "a loop bound"),
    ("scf.if %b { tile.check positive(%c1) }", "a condition"),
    ("scf.while : () -> () { scf.condition(%b) } do { scf.yield }", "a loop condition"),
])  # fmt: skip
def test_undefined_trip_counts_and_conditions_are_refused(use, what):
    body = f"""%t = tile.empty() : tensor<1xindex>
      %u = tensor.extract %t[%c0] : tensor<1xindex>
      %b = arith.cmpi slt, %u, %c4 : index
      %y0, %id = task.scope "walk" core_group split(automatic) -> (tensor<1xf32>) {{
        {use} loc("layer.py":5:6)
        task.yield %y : tensor<1xf32>
      }}
      task.return %y0 : tensor<1xf32>"""
    with pytest.raises(UndefinedError, match=f"expects {what} to be defined") as caught:
        run("out %y: tensor<1xf32>", body, [np.zeros(1, np.float32)])
    assert (caught.value.location, caught.value.scope) == ("layer.py:5:6", "walk")


def test_dynamic_extents_come_from_the_arguments():
    body = """%n = tensor.dim %x, %c0 : tensor<?xf32>
      %v = scf.for %i = %c0 to %n step %c1 iter_args(%o = %y) -> (tensor<?xf32>) {
        %e = tensor.extract %x[%i] : tensor<?xf32>
        %w = tensor.insert %e into %o[%i] : tensor<?xf32>
        scf.yield %w : tensor<?xf32>
      }
      task.return %v : tensor<?xf32>"""
    x = np.arange(5, dtype=np.float32)
    result = run("in %x: tensor<?xf32>, out %y: tensor<?xf32>", body, [x, np.zeros(7, np.float32)])
    assert result.outputs[1].tolist() == [0, 1, 2, 3, 4, 0, 0]


@pytest.mark.parametrize("args, message", [
    ([], "expects 1 arguments, but got 0"),
    ([np.zeros(3, np.float32)], "expects 'y' to be 2 float32, but got 3 float32"),
    ([np.zeros(2, np.float64)], "expects 'y' to be 2 float32, but got 2 float64"),
    ([np.zeros((2, 1), np.float32)], "expects 'y' to be 2 float32, but got 2x1 float32"),
])  # fmt: skip
def test_arguments_must_fit(args, message):
    body = "task.return %y : tensor<2xf32>"
    with pytest.raises(ExecutionError, match=message):
        run('out %y: tensor<2xf32> loc("y"("a.py":1:1))', body, args)


def test_unknown_entries_and_operations_are_refused():
    with Context(), pytest.raises(ExecutionError, match=r"an entry 'other', but got \['main'\]"):
        text = PROLOGUE % ("in %x: f32", "task.return")
        interpret(Module.parse(text), "other", [1.0])
    body = """%b = task.block_index loc("a.py":2:1)
      task.return"""
    with pytest.raises(ExecutionError, match=r"a.py:2:1: .*graph, but got 'task.block_index'"):
        run("in %x: f32", body, [1.0])
