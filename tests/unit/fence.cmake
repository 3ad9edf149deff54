# Fencing: the pure questions, the CIB's devices, their way over the wire.
ha_unit_test(core_fence ha_core)
ha_unit_test(cib_fence ha_io)
ha_unit_test(wire_fence ha_wire)
ha_unit_test(cli_fence ha_cli util)
target_sources(test_cli_fence PRIVATE ${CMAKE_CURRENT_LIST_DIR}/cli/cli_fixture.c ${CMAKE_CURRENT_LIST_DIR}/cli/cli_schema.c
    ${CMAKE_CURRENT_LIST_DIR}/cli/cli_server.c ${CMAKE_CURRENT_LIST_DIR}/cli/cli_film.c)
target_compile_definitions(test_cli_fence PRIVATE HACTL_PROGRAM="$<TARGET_FILE:hactl>")
add_dependencies(test_cli_fence hactl)
