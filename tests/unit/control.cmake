ha_unit_test(control ha_io ha_wire)
