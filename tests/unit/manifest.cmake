# The manifest: YAML to data and back.
foreach(module read write file)
    ha_unit_test(manifest_${module} ha_manifest)
endforeach()
ha_unit_test(core_nearest ha_core)
ha_unit_test(core_policy ha_core)
ha_unit_test(core_field ha_core)
