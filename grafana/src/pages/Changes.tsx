import React from 'react';
export default function Changes({ name }: { name: string }) { return <div>Changes {name}</div>; }
