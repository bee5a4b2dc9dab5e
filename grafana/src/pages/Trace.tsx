import React from 'react';
export default function Trace({ name }: { name: string }) { return <div>Trace {name}</div>; }
