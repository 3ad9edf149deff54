ha_unit_test(wire_frame ha_wire)
ha_unit_test(wire_cast ha_wire)
ha_unit_test(wire_control ha_wire)
ha_unit_test(wire_view ha_wire)
