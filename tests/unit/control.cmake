ha_unit_test(control ha_io ha_wire)
ha_unit_test(control_socket ha_io ha_wire)
