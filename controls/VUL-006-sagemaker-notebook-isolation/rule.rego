# Rests on CreateNotebookInstance (SageMaker API Reference): both are on unless switched off, so absent fails.
package controls.vul_006

deny contains {"path": "direct_internet_access", "expected": "disabled"} if {
	not input.resource.direct_internet_access == false
}

deny contains {"path": "root_access", "expected": "disabled"} if {
	not input.resource.root_access == false
}
