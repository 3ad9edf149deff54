# Fencing: the pure questions, the CIB's devices, their way over the wire.
ha_unit_test(core_fence ha_core)
ha_unit_test(cib_fence ha_io)
ha_unit_test(wire_fence ha_wire)
