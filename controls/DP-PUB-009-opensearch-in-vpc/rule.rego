# Amazon OpenSearch Service Developer Guide, "Launching your Amazon OpenSearch Service domains within a VPC": a domain is
# in a VPC or public, from its creation on, and public is what it is when nothing is said. Options without a subnet put
# it nowhere.
package controls.dp_pub_009

deny contains {"path": "in_vpc", "expected": "true"} if not input.resource.in_vpc
