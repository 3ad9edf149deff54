# The core: pure decisions.
ha_unit_test(core_rules ha_core)
ha_unit_test(core_group_request ha_core)
ha_unit_test(core_plan_groups ha_core)
foreach(module types config group recommended view solve balance plan move memory steps define cluster round failover capacity spare room)
    ha_unit_test(core_${module} ha_core)
endforeach()
ha_unit_test(core_keep ha_core)
ha_unit_test(core_survive ha_core)
ha_unit_test(core_yield ha_core)
ha_unit_test(core_park ha_core)
ha_unit_test(core_together ha_core)
ha_unit_test(core_copy ha_core)
add_test(NAME unit.core-purity
    COMMAND ${CMAKE_COMMAND} -DNM=${CMAKE_NM} -DARCHIVE=$<TARGET_FILE:ha_core> -DALLOWED=${CMAKE_CURRENT_LIST_DIR}/purity/allowed.txt
        -P ${CMAKE_CURRENT_LIST_DIR}/purity/check.cmake)
set_tests_properties(unit.core-purity PROPERTIES LABELS unit TIMEOUT 60)
ha_unit_test(core_beam ha_core PkgConfig::GIO m)
target_sources(test_core_beam PRIVATE ${PROJECT_SOURCE_DIR}/tests/bench/plan_case.c)
