# Rests on "Amazon ECS task definition parameters", container definitions (Amazon ECS Developer Guide): containers are not
# privileged unless said so, and their root file system can be written to unless said otherwise. Every container of the task
# counts. Windows containers know neither parameter.
package controls.vul_005

deny contains {"path": "privileged", "expected": "false"} if input.resource.privileged

deny contains {"path": "readonly_root_filesystem", "expected": "true"} if {
	not input.resource.readonly_root_filesystem
	not runs_windows
}

runs_windows if startswith(input.resource.operating_system_family, "WINDOWS")
