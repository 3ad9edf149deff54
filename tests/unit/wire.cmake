ha_unit_test(wire_frame ha_wire)
ha_unit_test(wire_cast ha_wire)
